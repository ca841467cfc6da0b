#!/bin/sh
# Run once by the postgres image, on an empty volume: an account and a database for us, and an account for Temporal, which makes its
# own databases. Neither is a superuser.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" -U postgres -d postgres <<'SQL'
CREATE ROLE perennial LOGIN PASSWORD :'password';
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE perennial OWNER perennial TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
