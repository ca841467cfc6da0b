-- When a message came to lie in the inbox, by the server's own clock: a page that comes back catches up from there. The journey's
-- time (`at`) would not do, because a step that is tried again stores its messages late under an early time.
ALTER TABLE "inbox" ADD COLUMN "stored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp();
CREATE INDEX "inbox_customer_stored_at_idx" ON "inbox"("customer", "stored_at");

-- Tells whoever holds an open stream for whom something has come: customers' numbers, nothing else, up to 500 at once.
CREATE FUNCTION inbox_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('inbox', string_agg(part.customer::text, ','))
  FROM (SELECT customer, (row_number() OVER () - 1) / 500 AS nth FROM (SELECT DISTINCT customer FROM added) AS each) AS part
  GROUP BY part.nth;
  RETURN NULL;
END $$;
CREATE TRIGGER inbox_tell AFTER INSERT ON "inbox" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION inbox_tell();
