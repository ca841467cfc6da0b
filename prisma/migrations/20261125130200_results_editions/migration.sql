-- The version a customer entered under, where an edit has moved them to another since: the arm was drawn by the weights of that one.
ALTER TABLE "enrollment" ADD COLUMN "entered_version" INTEGER;

-- The version whose experiment the run's promotion, stopped arms and sample ratio are about: a changed one begins anew.
ALTER TABLE "run" ADD COLUMN "reviewed_version" INTEGER;
