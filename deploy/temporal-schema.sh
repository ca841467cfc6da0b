#!/bin/sh
# Brings Temporal's two databases to the schema of this server version: made when they are not there, else updated. SQL_* says where.
set -eu
update() {
  temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  schema=${pair##*:}
  # Updating comes first: setting up an existing database again must never be tried.
  if update "$database" "$schema"; then continue; fi
  echo "setting up $database"
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  update "$database" "$schema"
done
