-- Dates and entries of segments are swept by what changed: the days of the attributes that triggers name, and how far a segment's history was read.
ALTER TABLE "run" ADD COLUMN "entries_to" BIGINT;

DROP TABLE "segment_presence";

CREATE TABLE "customer_date" (
    "attribute" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,
    "zone" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "month_day" SMALLINT NOT NULL,
    "moment" TIMESTAMPTZ(3),

    CONSTRAINT "customer_date_pkey" PRIMARY KEY ("attribute","customer")
);
CREATE INDEX "customer_date_attribute_zone_day_idx" ON "customer_date"("attribute", "zone", "day");
CREATE INDEX "customer_date_attribute_zone_month_day_idx" ON "customer_date"("attribute", "zone", "month_day");
CREATE INDEX "customer_date_attribute_moment_idx" ON "customer_date"("attribute", "moment");
CREATE INDEX "customer_date_customer_idx" ON "customer_date"("customer");

CREATE TABLE "followed_date" (
    "attribute" TEXT NOT NULL,
    "since" BIGINT NOT NULL,
    "whole" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "followed_date_pkey" PRIMARY KEY ("attribute")
);

-- ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What changes is noted as soon as there is a segment or a date that somebody may follow, and not from the first look on: a change made
-- while the first look was under way was noted by nobody.
CREATE FUNCTION "is_followed"() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM segment) OR EXISTS (SELECT 1 FROM segment_look) OR EXISTS (SELECT 1 FROM followed_date)
$$;
CREATE OR REPLACE FUNCTION "touch_customers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT DISTINCT id FROM fresh WHERE is_followed();
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION "touch_their_customers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT DISTINCT customer FROM fresh WHERE is_followed();
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION "touch_account_members"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT c.id FROM fresh JOIN customer c ON c.account = fresh.id WHERE is_followed();
  RETURN NULL;
END $$;
