-- When a look took note of a date that is new or another: one that came a little after its own line still counts.
ALTER TABLE "customer_date" ADD COLUMN "noted_at" TIMESTAMPTZ(3);
CREATE INDEX "customer_date_attribute_noted_at_idx" ON "customer_date"("attribute", "noted_at");
