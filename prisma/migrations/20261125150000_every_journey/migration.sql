-- AlterTable
ALTER TABLE "run" ADD COLUMN     "move_to" INTEGER,
ADD COLUMN     "snapshot_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "segment_presence" (
    "run" INTEGER NOT NULL,
    "customer" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_presence_pkey" PRIMARY KEY ("run","customer")
);

-- CreateTable
CREATE TABLE "loyalty_account" (
    "customer" INTEGER NOT NULL,
    "balance" INTEGER NOT NULL,
    "earned" INTEGER NOT NULL,
    "tier" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "loyalty_account_pkey" PRIMARY KEY ("customer")
);

-- CreateTable
CREATE TABLE "loyalty_entry" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "points" INTEGER NOT NULL,
    "reason" TEXT,
    "key" TEXT NOT NULL,
    "enrollment" BIGINT,
    "step" INTEGER,
    "tier_before" TEXT,
    "tier_after" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "loyalty_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "loyalty_tier" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "from_points" INTEGER NOT NULL,

    CONSTRAINT "loyalty_tier_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "offer_grant" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,
    "enrollment" BIGINT,
    "step" INTEGER,
    "value" JSONB NOT NULL,
    "budget" INTEGER,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "redeemed_at" TIMESTAMPTZ(3),

    CONSTRAINT "offer_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "run" INTEGER,
    "enrollment" BIGINT,
    "version" INTEGER,
    "step" INTEGER,
    "title" TEXT NOT NULL,
    "assignee" TEXT,
    "status" TEXT NOT NULL,
    "outcomes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "outcome" TEXT,
    "note" TEXT,
    "holds_promotions" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "completed_by" TEXT,

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_call" (
    "enrollment" BIGINT NOT NULL,
    "step" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "run" INTEGER NOT NULL,
    "customer" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "code" INTEGER,
    "error" TEXT,
    "next_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_call_pkey" PRIMARY KEY ("enrollment","step")
);

-- CreateTable
CREATE TABLE "survey_answer" (
    "message" UUID NOT NULL,
    "customer" INTEGER NOT NULL,
    "survey" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "survey_answer_pkey" PRIMARY KEY ("message")
);

-- CreateIndex
CREATE INDEX "segment_presence_run_since_idx" ON "segment_presence"("run", "since");

-- CreateIndex
CREATE UNIQUE INDEX "loyalty_entry_key_key" ON "loyalty_entry"("key");

-- CreateIndex
CREATE INDEX "loyalty_entry_customer_at_idx" ON "loyalty_entry"("customer", "at");

-- CreateIndex
CREATE INDEX "offer_grant_key_customer_idx" ON "offer_grant"("key", "customer");

-- CreateIndex
CREATE UNIQUE INDEX "offer_grant_enrollment_step_key" ON "offer_grant"("enrollment", "step");

-- CreateIndex
CREATE INDEX "task_customer_idx" ON "task"("customer");

-- CreateIndex
CREATE UNIQUE INDEX "task_enrollment_step_key" ON "task"("enrollment", "step");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_call_id_key" ON "webhook_call"("id");

-- CreateIndex
CREATE INDEX "survey_answer_customer_idx" ON "survey_answer"("customer");

-- ── by hand: what the schema language cannot say ────────────────────────────────────────────────────────────────────

-- A verdict asks whether somebody is being looked after; nearly always nobody is.
CREATE INDEX "task_holds" ON "task" ("customer") WHERE "status" = 'open' AND "holds_promotions";
CREATE INDEX "task_open" ON "task" ("due_at") WHERE "status" = 'open';
CREATE INDEX "offer_redeemed" ON "offer_grant" ("key") WHERE "redeemed_at" IS NOT NULL;
