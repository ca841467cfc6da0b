-- What a run may still send and spend. A row of its own: waves hold the run's row shared while they claim, and two of them
-- could never both change it. `paced_to` is in milliseconds since the epoch: at a fast pace a message takes less than one.
CREATE TABLE "run_meter" (
    "run" INTEGER NOT NULL,
    "paced_to" DOUBLE PRECISION,
    "spent" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "run_meter_pkey" PRIMARY KEY ("run")
);

-- What a message cost, in the reporting currency, at the prices of the day it was claimed.
ALTER TABLE "message" ADD COLUMN "cost" DOUBLE PRECISION;

-- Waves that pass a step at the same time each count on a row of their own, so that none waits until another has committed.
ALTER TABLE "step_count" ADD COLUMN "shard" SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE "step_count" DROP CONSTRAINT "step_count_pkey";
ALTER TABLE "step_count" ADD CONSTRAINT "step_count_pkey" PRIMARY KEY ("run", "version", "step", "shard");
