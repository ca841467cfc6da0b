-- AlterTable
ALTER TABLE "message" ADD COLUMN     "uncertain_at" TIMESTAMPTZ(3);

-- ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What a provider has reported about a message: its silence about a batch is evidence too.
CREATE INDEX "provider_event_message" ON "provider_event" ("message") WHERE "message" IS NOT NULL;
-- Stripe names a customer by its own id; who was named once with ours is found again by it.
CREATE INDEX "customer_stripe" ON "customer" (("attributes" ->> 'stripeCustomerId')) WHERE "attributes" ? 'stripeCustomerId';
