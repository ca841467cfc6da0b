-- How far a snapshot has come, apart from its run: waves hold the run's row shared while they claim, and a snapshot that wrote there
-- waited for all of them and kept new ones waiting.
CREATE TABLE "snapshot_reach" (
    "run" INTEGER NOT NULL,
    "customer" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "snapshot_reach_pkey" PRIMARY KEY ("run")
);
INSERT INTO "snapshot_reach" ("run", "customer") SELECT "id", "snapshot_to" FROM "run" WHERE "snapshot_to" > 0;
ALTER TABLE "run" DROP COLUMN "snapshot_to";
