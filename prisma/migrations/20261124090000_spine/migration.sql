-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('enrolling', 'running', 'paused', 'stopped', 'completed');

-- CreateEnum
CREATE TYPE "enrollment_state" AS ENUM ('waiting', 'moving', 'ended');

-- CreateEnum
CREATE TYPE "message_status" AS ENUM ('queued', 'sending', 'uncertain', 'held', 'accepted', 'delivered', 'opened', 'clicked', 'bounced', 'dropped', 'failed', 'complained', 'skipped', 'deferred');

-- CreateTable
CREATE TABLE "customer" (
    "id" SERIAL NOT NULL,
    "external_id" TEXT NOT NULL,
    "anonymous" BOOLEAN NOT NULL DEFAULT false,
    "email" TEXT,
    "phone" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "timezone" TEXT,
    "locale" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_name" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "event_name_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "name" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION,
    "properties" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_stat" (
    "customer" INTEGER NOT NULL,
    "name" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "sum" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "event_stat_pkey" PRIMARY KEY ("customer","name")
);

-- CreateTable
CREATE TABLE "last_seen" (
    "customer" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "last_seen_pkey" PRIMARY KEY ("customer")
);

-- CreateTable
CREATE TABLE "call_seen" (
    "id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "call_seen_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subscription" (
    "customer" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "plan" TEXT,
    "mrr" DOUBLE PRECISION,
    "currency" TEXT,
    "trial_ends_at" TIMESTAMPTZ(3),
    "renews_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "subscription_pkey" PRIMARY KEY ("customer")
);

-- CreateTable
CREATE TABLE "consent" (
    "customer" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "topic" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "change" BIGINT NOT NULL,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("customer","channel","topic")
);

-- CreateTable
CREATE TABLE "consent_change" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "topic" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "evidence" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suppression" (
    "channel" TEXT NOT NULL,
    "address" BYTEA NOT NULL,
    "reason" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "suppression_pkey" PRIMARY KEY ("channel","address")
);

-- CreateTable
CREATE TABLE "segment" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rule" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "campaign" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign_version" (
    "campaign" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "program" JSONB NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_version_pkey" PRIMARY KEY ("campaign","version")
);

-- CreateTable
CREATE TABLE "run" (
    "id" SERIAL NOT NULL,
    "campaign" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "status" "run_status" NOT NULL,
    "finite" BOOLEAN NOT NULL,
    "salt" TEXT NOT NULL,
    "planned_size" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "enrolled_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "swept_to" TIMESTAMPTZ(3),
    "snapshot_to" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrollment" (
    "id" BIGSERIAL NOT NULL,
    "run" INTEGER NOT NULL,
    "customer" INTEGER NOT NULL,
    "stay" INTEGER NOT NULL DEFAULT 1,
    "version" INTEGER NOT NULL,
    "goal" TEXT NOT NULL,
    "variant" TEXT,
    "state" "enrollment_state" NOT NULL,
    "place" INTEGER NOT NULL,
    "step" INTEGER,
    "due" TIMESTAMPTZ(3),
    "wave" INTEGER,
    "awaiting" BOOLEAN NOT NULL DEFAULT false,
    "watching" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "event" BIGINT,
    "entered_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "enrollment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "step_count" (
    "run" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "passed" BIGINT NOT NULL,

    CONSTRAINT "step_count_pkey" PRIMARY KEY ("run","version","step")
);

-- CreateTable
CREATE TABLE "decision" (
    "id" BIGSERIAL NOT NULL,
    "enrollment" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "step" INTEGER,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "facts" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "watch" (
    "event" INTEGER NOT NULL,
    "run" INTEGER NOT NULL,

    CONSTRAINT "watch_pkey" PRIMARY KEY ("event","run")
);

-- CreateTable
CREATE TABLE "nudge" (
    "id" BIGSERIAL NOT NULL,
    "run" INTEGER NOT NULL,
    "enrollment" BIGINT,
    "customer" INTEGER NOT NULL,
    "event" BIGINT,
    "message" UUID,
    "engagement" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "nudge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "run" INTEGER NOT NULL,
    "enrollment" BIGINT NOT NULL,
    "customer" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "class" TEXT NOT NULL,
    "topic" TEXT,
    "variant" TEXT,
    "status" "message_status" NOT NULL,
    "reason" TEXT,
    "evidence" JSONB,
    "deferred_until" TIMESTAMPTZ(3),
    "attempt" UUID,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "provider_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sending_at" TIMESTAMPTZ(3),
    "accepted_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "opened_at" TIMESTAMPTZ(3),
    "clicked_at" TIMESTAMPTZ(3),
    "replied_at" TIMESTAMPTZ(3),
    "segments" INTEGER,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "message" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("message")
);

-- CreateTable
CREATE TABLE "inbox" (
    "message" UUID NOT NULL,
    "customer" INTEGER NOT NULL,
    "content" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3),
    "clicked_at" TIMESTAMPTZ(3),
    "dismissed_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("message")
);

-- CreateTable
CREATE TABLE "provider_event" (
    "id" BIGSERIAL NOT NULL,
    "provider" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "message" UUID,
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import" (
    "id" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "mapping" JSONB NOT NULL DEFAULT '{}',
    "constant" JSONB NOT NULL DEFAULT '{}',
    "total" INTEGER,
    "accepted" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_part" (
    "import" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,
    "done" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "import_part_pkey" PRIMARY KEY ("import","number")
);

-- CreateTable
CREATE TABLE "import_rejection" (
    "import" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "import_rejection_pkey" PRIMARY KEY ("import","line")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" SERIAL NOT NULL,
    "hash" BYTEA NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setting" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "value" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotent_answer" (
    "key" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "request" BYTEA NOT NULL,
    "status" INTEGER,
    "answer" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotent_answer_pkey" PRIMARY KEY ("key","actor")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "facts" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "worker_heartbeat" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "worker_heartbeat_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "customer_external_id_key" ON "customer"("external_id");

-- CreateIndex
CREATE UNIQUE INDEX "event_name_name_key" ON "event_name"("name");

-- CreateIndex
CREATE INDEX "consent_change_customer_at_idx" ON "consent_change"("customer", "at");

-- CreateIndex
CREATE UNIQUE INDEX "run_campaign_number_key" ON "run"("campaign", "number");

-- CreateIndex
CREATE UNIQUE INDEX "enrollment_run_customer_stay_key" ON "enrollment"("run", "customer", "stay");

-- CreateIndex
CREATE INDEX "decision_enrollment_idx" ON "decision"("enrollment");

-- CreateIndex
CREATE INDEX "nudge_run_id_idx" ON "nudge"("run", "id");

-- CreateIndex
CREATE UNIQUE INDEX "message_enrollment_step_key" ON "message"("enrollment", "step");

-- CreateIndex
CREATE INDEX "outbox_at_idx" ON "outbox"("at");

-- CreateIndex
CREATE INDEX "inbox_customer_at_idx" ON "inbox"("customer", "at");

-- CreateIndex
CREATE UNIQUE INDEX "provider_event_provider_event_id_key" ON "provider_event"("provider", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- ── by hand: what the schema language cannot say ────────────────────────────────────────────────────────────────────

-- Segments: counts and sums in windows read these two indexes alone.
CREATE INDEX "event_name_at" ON "event" ("name", "at") INCLUDE ("customer", "value");
CREATE INDEX "event_customer_at" ON "event" ("customer", "at");
CREATE INDEX "event_stat_name_last" ON "event_stat" ("name", "last_at") INCLUDE ("customer");
CREATE INDEX "last_seen_at" ON "last_seen" ("at") INCLUDE ("customer");
CREATE INDEX "customer_email" ON "customer" (lower("email")) WHERE "email" IS NOT NULL;
CREATE INDEX "customer_phone" ON "customer" ("phone") WHERE "phone" IS NOT NULL;
CREATE INDEX "subscription_trial" ON "subscription" ("trial_ends_at") WHERE "status" = 'trialing';

-- One live run for each campaign, whatever Temporal remembers.
CREATE UNIQUE INDEX "run_live" ON "run" ("campaign") WHERE "status" IN ('enrolling', 'running', 'paused');

-- The claim: the earliest at each place of a run; and who of a wave is still on the move.
CREATE INDEX "enrollment_due" ON "enrollment" ("run", "version", "place", "due") WHERE "state" = 'waiting';
CREATE INDEX "enrollment_wave" ON "enrollment" ("run", "wave") WHERE "state" = 'moving';
-- An arriving event or click finds the stays of its customer that still run.
CREATE INDEX "enrollment_open" ON "enrollment" ("customer") WHERE "state" <> 'ended';

-- The ledger: by customer for caps and timelines, by run for counts, and what still lacks an end for reconciliation.
CREATE INDEX "message_customer" ON "message" ("customer", "created_at");
CREATE INDEX "message_run" ON "message" ("run", "version", "step", "status");
CREATE INDEX "message_open" ON "message" ("status", "sending_at") WHERE "status" IN ('sending', 'uncertain', 'held');
CREATE INDEX "provider_event_open" ON "provider_event" ("id") WHERE "processed_at" IS NULL;

-- Message ids are time-ordered, so that a million of them fill pages one after the other.
ALTER TABLE "message" ALTER COLUMN "id" SET DEFAULT uuidv7();

-- Rows that change place often leave room for their next version.
ALTER TABLE "enrollment" SET (fillfactor = 80);
ALTER TABLE "message" SET (fillfactor = 80);
ALTER TABLE "event_stat" SET (fillfactor = 85);
