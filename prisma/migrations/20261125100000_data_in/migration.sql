-- Accounts, former names, what profiles said before, erasures, and how far a file was read.
ALTER TABLE "customer" ADD COLUMN "account" INTEGER;
CREATE INDEX "customer_account" ON "customer" ("account") WHERE "account" IS NOT NULL;

CREATE TABLE "account" (
    "id" SERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "traits" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "account_key_key" ON "account"("key");

CREATE TABLE "customer_alias" (
    "previous" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,

    CONSTRAINT "customer_alias_pkey" PRIMARY KEY ("previous")
);
CREATE INDEX "customer_alias_customer_idx" ON "customer_alias"("customer");

CREATE TABLE "profile_change" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "profile_change_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "profile_change_customer_id_idx" ON "profile_change"("customer", "id");

CREATE TABLE "erasure" (
    "id" UUID NOT NULL,
    "customer" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "person" JSONB,
    "actor" TEXT NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "call_seen" ADD COLUMN "import" INTEGER;

ALTER TABLE "import" ADD COLUMN "actor" TEXT NOT NULL DEFAULT '',
ADD COLUMN "bytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN "duplicates" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "position" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "import_part" DROP COLUMN "done";
-- The bytes of a file are read once: compressing them costs more than it saves.
ALTER TABLE "import_part" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
