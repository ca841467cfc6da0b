-- A key of a person signs into the page; any other is a program's.
ALTER TABLE "api_key" ADD COLUMN "person" BOOLEAN NOT NULL DEFAULT false;

-- When a key was last used, apart from the key itself: what is written once a minute shall not wake pages that show keys.
CREATE TABLE "api_key_use" (
    "key" INTEGER NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_key_use_pkey" PRIMARY KEY ("key")
);
