-- Which text of the catalogue says why a line was not taken, and of which facts, so that each reader reads it in their language.
ALTER TABLE "import_rejection" ADD COLUMN "said" JSONB;
