-- Where the short links of an SMS lead. Found by their code alone; by message when a person is erased or exported.
CREATE TABLE "short_link" (
    "code" TEXT NOT NULL,
    "message" UUID NOT NULL,
    "url" TEXT NOT NULL,

    CONSTRAINT "short_link_pkey" PRIMARY KEY ("code")
);
CREATE INDEX "short_link_message" ON "short_link"("message");
