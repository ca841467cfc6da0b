-- When each field of a subscription was last said, in milliseconds since 1970: events that arrive late and in any order make the same of it.
ALTER TABLE "subscription" ADD COLUMN "told" JSONB NOT NULL DEFAULT '{}';
