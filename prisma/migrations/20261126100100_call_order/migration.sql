-- What is forgotten by age is found by a pass over the table, which needs no order of it.
DROP INDEX "call_seen_received";
