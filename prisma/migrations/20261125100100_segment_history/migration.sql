-- Who entered and left saved segments, kept by a look whose cost follows what changed.
CREATE TABLE "touched" (
    "id" BIGSERIAL NOT NULL,
    "customer" INTEGER NOT NULL,

    CONSTRAINT "touched_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "segment_member" (
    "segment" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_member_pkey" PRIMARY KEY ("segment","customer")
);

CREATE TABLE "segment_change" (
    "id" BIGSERIAL NOT NULL,
    "segment" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,
    "entered" BOOLEAN NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_change_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "segment_change_segment_id_idx" ON "segment_change"("segment", "id");
CREATE INDEX "segment_change_customer_idx" ON "segment_change"("customer");

CREATE TABLE "segment_look" (
    "segment" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "swept_to" TIMESTAMPTZ(3) NOT NULL,
    "whole_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_look_pkey" PRIMARY KEY ("segment")
);

-- ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Whatever changes a profile, a consent or a subscription, by whichever statement, is noted with it. Events note it themselves: they
-- are too many for a trigger. Nothing is noted while no segment is followed.
CREATE FUNCTION "touch_customers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT DISTINCT id FROM fresh WHERE EXISTS (SELECT 1 FROM segment_look);
  RETURN NULL;
END $$;
CREATE FUNCTION "touch_their_customers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT DISTINCT customer FROM fresh WHERE EXISTS (SELECT 1 FROM segment_look);
  RETURN NULL;
END $$;
CREATE FUNCTION "touch_account_members"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT c.id FROM fresh JOIN customer c ON c.account = fresh.id WHERE EXISTS (SELECT 1 FROM segment_look);
  RETURN NULL;
END $$;
CREATE TRIGGER "customer_made" AFTER INSERT ON "customer" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_customers();
CREATE TRIGGER "customer_changed" AFTER UPDATE ON "customer" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_customers();
CREATE TRIGGER "consent_made" AFTER INSERT ON "consent" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_their_customers();
CREATE TRIGGER "consent_changed" AFTER UPDATE ON "consent" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_their_customers();
CREATE TRIGGER "subscription_made" AFTER INSERT ON "subscription" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_their_customers();
CREATE TRIGGER "subscription_changed" AFTER UPDATE ON "subscription" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_their_customers();
CREATE TRIGGER "account_changed" AFTER UPDATE ON "account" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_account_members();
