-- When each customer is to be asked again by a rule that looks at the clock, and notes of what became of messages and scores: everybody
-- is asked when a rule is new, and never again.
CREATE TABLE "segment_due" (
    "segment" TEXT NOT NULL,
    "customer" INTEGER NOT NULL,
    "due" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "segment_due_pkey" PRIMARY KEY ("segment","customer")
);
CREATE INDEX "segment_due_segment_due_idx" ON "segment_due"("segment", "due");

ALTER TABLE "segment_look" ADD COLUMN "since" BIGINT;
ALTER TABLE "segment_look" DROP COLUMN "whole_at";

-- ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Nothing is known yet of when to ask again: each segment is looked through by everybody once more.
UPDATE "segment_look" SET "rule" = '';

-- The triggers that call these stand only while a saved segment asks about messages: prisma/queries/message-notes.ts.
CREATE FUNCTION "touch_those_sent_to"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) SELECT DISTINCT f.customer FROM fresh f JOIN stale s ON s.id = f.id WHERE f.accepted_at IS DISTINCT FROM s.accepted_at;
  RETURN NULL;
END $$;
CREATE FUNCTION "touch_who_engaged"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched (customer) VALUES (NEW.customer);
  RETURN NULL;
END $$;
