-- Whoever remembers numbers of customers reads here which of them are gone. A day is kept; 0: all of them.
CREATE TABLE "customer_gone" (
    "tx" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_gone_pkey" PRIMARY KEY ("tx","number")
);

CREATE FUNCTION note_gone_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO customer_gone SELECT pg_current_xact_id()::text::bigint, id, clock_timestamp() FROM gone ON CONFLICT DO NOTHING;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO customer_gone VALUES (pg_current_xact_id()::text::bigint, OLD.id, clock_timestamp()) ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO customer_gone VALUES (pg_current_xact_id()::text::bigint, 0, clock_timestamp()) ON CONFLICT DO NOTHING;
  END IF;
  -- What is too old goes by the way, a little at a time.
  DELETE FROM customer_gone g USING (SELECT tx, number, at FROM customer_gone ORDER BY tx, number LIMIT 20 FOR UPDATE SKIP LOCKED) o
    WHERE g.tx = o.tx AND g.number = o.number AND o.at < now() - interval '1 day';
  RETURN NULL;
END $$;
CREATE TRIGGER "customer_gone_noted" AFTER DELETE ON "customer" REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_gone_customers();
CREATE TRIGGER "customer_renamed_noted" AFTER UPDATE OF "external_id" ON "customer" FOR EACH ROW WHEN (OLD.external_id <> NEW.external_id) EXECUTE FUNCTION note_gone_customers();
CREATE TRIGGER "customers_gone_noted" AFTER TRUNCATE ON "customer" FOR EACH STATEMENT EXECUTE FUNCTION note_gone_customers();
