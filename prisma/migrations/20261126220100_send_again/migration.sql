-- A person's decision to send a held message a second time, and what was known of the first. One open at a time for a message.
CREATE TABLE "send_again" (
    "id" BIGSERIAL NOT NULL,
    "message" UUID NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "before" JSONB NOT NULL,
    "due" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "send_again_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "send_again_open" ON "send_again"("message") WHERE "done_at" IS NULL;
CREATE INDEX "send_again_message" ON "send_again"("message");
