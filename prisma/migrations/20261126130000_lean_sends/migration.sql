-- An accepted message is written in place: no index names what acceptance changes, and a page has room for its rows' next version.
DROP INDEX "message_run";
CREATE INDEX "message_run" ON "message" ("run", "version", "step");
DROP INDEX "message_open";
UPDATE "message" SET "uncertain_at" = coalesce("sending_at", "created_at") WHERE "status" IN ('uncertain', 'held') AND "uncertain_at" IS NULL;
CREATE INDEX "message_doubted" ON "message" ("sending_at") WHERE "uncertain_at" IS NOT NULL;
ALTER TABLE "message" SET (fillfactor = 50);
ALTER TABLE "enrollment" SET (fillfactor = 60);

-- What is between a claim and its answer, one row a wave: where sends are looked for that nobody came back to.
CREATE TABLE "send_attempt" (
  "id" UUID NOT NULL,
  "run" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "step" INTEGER NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "send_attempt_pkey" PRIMARY KEY ("id")
);
INSERT INTO "send_attempt" ("id", "run", "version", "step", "at")
  SELECT "attempt", min("run"), min("version"), min("step"), min(coalesce("sending_at", "created_at")) FROM "message"
  WHERE "status" = 'sending' AND "attempt" IS NOT NULL GROUP BY "attempt";
