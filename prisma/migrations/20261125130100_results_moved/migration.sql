-- Entrants whose arm was not drawn: few, and asked for by every reading of results.
CREATE INDEX "enrollment_moved" ON "enrollment" ("run", "variant", "assigned") WHERE "assigned" IS NOT NULL;

-- Moments of entry are nearly all different, and results group them by age into a few dozen: told so, the planner lets several
-- processes count and only then puts together, instead of handing a million rows to one.
ALTER TABLE "enrollment" ALTER COLUMN "entered_at" SET (n_distinct = 1000);
