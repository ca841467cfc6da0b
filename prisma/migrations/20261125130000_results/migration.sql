-- Why an entrant stands in an arm when it was not the hash that said so: 'promoted' (to the winner), 'replaced' (for an arm that
-- was stopped), 'kept' (from an earlier stay). NULL for all others: only the drawn ones are compared.
ALTER TABLE "enrollment" ADD COLUMN "assigned" TEXT;

-- What reviews have found so far and entries must follow.
ALTER TABLE "run" ADD COLUMN     "promoted" TEXT,
ADD COLUMN     "promoted_at" TIMESTAMPTZ(3),
ADD COLUMN     "srm_p" DOUBLE PRECISION,
ADD COLUMN     "stopped_arms" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- A decision once made stays, with the numbers it rested on.
CREATE TABLE "experiment_decision" (
    "campaign" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "run" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "experiment" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "arm" TEXT,
    "because" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "frozen" JSONB NOT NULL,

    CONSTRAINT "experiment_decision_pkey" PRIMARY KEY ("campaign","number")
);
