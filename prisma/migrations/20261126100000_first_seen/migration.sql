-- When a customer was first seen, beside when last: who came when needs no look at everything they did.
ALTER TABLE "last_seen" ADD COLUMN "first_at" TIMESTAMPTZ(3);
UPDATE "last_seen" l SET "first_at" = s."first_at"
FROM (SELECT "customer", min("first_at") AS "first_at" FROM "event_stat" GROUP BY "customer") s WHERE s."customer" = l."customer";

-- Calls lie in the order in which they came, so a summary of blocks finds those that are older than they are remembered.
CREATE INDEX "call_seen_received" ON "call_seen" USING brin ("received_at") WITH (pages_per_range = 32);
