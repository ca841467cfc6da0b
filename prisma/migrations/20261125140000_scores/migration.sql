-- What is known about each customer beyond the facts: refreshed as a whole by a workflow, read by rules.
CREATE TABLE "customer_score" (
    "customer" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recency" SMALLINT,
    "frequency" SMALLINT,
    "monetary" SMALLINT,
    "lifecycle" TEXT,
    "health" DOUBLE PRECISION,
    "churn_risk" DOUBLE PRECISION,
    "super_healthy" BOOLEAN NOT NULL DEFAULT false,
    "facts" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "customer_score_pkey" PRIMARY KEY ("customer")
);

CREATE TABLE "customer_score_change" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "lifecycle" TEXT,
    "health" DOUBLE PRECISION,
    "churn_risk" DOUBLE PRECISION,

    CONSTRAINT "customer_score_change_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "customer_score_change_customer_id_idx" ON "customer_score_change"("customer", "id");

CREATE TABLE "score_model" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "model" JSONB NOT NULL,
    "scored" INTEGER,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "score_model_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "score_setting" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "value" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "score_setting_pkey" PRIMARY KEY ("id")
);

-- Rules read these alone.
CREATE INDEX "customer_score_lifecycle" ON "customer_score" ("lifecycle") INCLUDE ("customer");
CREATE INDEX "customer_score_health" ON "customer_score" ("health") INCLUDE ("customer");
CREATE INDEX "customer_score_churn_risk" ON "customer_score" ("churn_risk") INCLUDE ("customer") WHERE "churn_risk" IS NOT NULL;
CREATE INDEX "customer_score_super_healthy" ON "customer_score" ("customer") WHERE "super_healthy";
