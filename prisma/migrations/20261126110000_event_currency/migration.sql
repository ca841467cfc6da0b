-- What an order's amount is in stands beside the amount, so that the index alone can answer what customers spent.
ALTER TABLE "event" ADD COLUMN "currency" TEXT COLLATE "C" GENERATED ALWAYS AS ("properties" ->> 'currency') STORED;
DROP INDEX "event_name_at";
CREATE INDEX "event_name_at" ON "event" ("name", "at") INCLUDE ("customer", "value", "currency");
