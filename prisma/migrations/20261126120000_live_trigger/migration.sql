-- A live campaign's trigger can be edited: since when the one that stands has held, and null where it is the launch's.
ALTER TABLE "run" ADD COLUMN "trigger_at" TIMESTAMPTZ(3);
