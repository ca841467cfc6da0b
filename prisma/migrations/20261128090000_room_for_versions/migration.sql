-- A stay is written again while it moves, and each new version of its row has an entry in these. They fill from left to right: pages
-- that are full when they are left behind would be split, or searched for what may go, by every second version.
ALTER INDEX "enrollment_pkey" SET (fillfactor = 45);
ALTER INDEX "enrollment_run_customer_stay_key" SET (fillfactor = 45);
