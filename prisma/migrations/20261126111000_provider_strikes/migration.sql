-- How often in a row a provider failed without naming a time: each makes the next hold twice as long, for all workers.
ALTER TABLE "provider_hold" ADD COLUMN "strikes" INTEGER NOT NULL DEFAULT 0;
