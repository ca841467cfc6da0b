-- By which table of rates the amounts of events stand in the reporting currency: one row, absent until the first time they were all looked at.
CREATE TABLE "revaluation" (
    "id" INTEGER NOT NULL,
    "currencies" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "revaluation_pkey" PRIMARY KEY ("id")
);
