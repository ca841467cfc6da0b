-- Who was erased while a file was being read: a hash of each name, so that its lines do not bring the person back. Gone with the file.
CREATE TABLE "import_spared" (
    "import" INTEGER NOT NULL,
    "name" BYTEA NOT NULL,

    CONSTRAINT "import_spared_pkey" PRIMARY KEY ("import", "name")
);
