-- When each trait of an account was last said, in milliseconds since 1970: what arrives late and is older does not hold.
ALTER TABLE "account" ADD COLUMN "told" JSONB NOT NULL DEFAULT '{}';
