-- The moment that a JSON text means, or NULL: domain/segment/moment.ts says the same in memory. Nothing a customer's attribute
-- holds may raise an error, so each cast stands behind a test of form and calendar. Plain SQL and STABLE, so that it is inlined.
-- The first branch is for what nearly all dates look like: patterns of few states cost a fifth of the full one.
CREATE FUNCTION "moment_of"(value jsonb) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN jsonb_typeof(value) <> 'string' THEN NULL
    WHEN ((value #>> '{}') LIKE '____-__-__T__:__:__Z' OR (value #>> '{}') LIKE '____-__-__T__:__:__.%Z')
      AND (value #>> '{}') ~ '^[0-9-]+T[0-9:]+(?:\.[0-9]{1,3})?Z$'
      AND (value #>> '{}') NOT LIKE ALL ('{%-%-%-%,%:%:%:%,0%,___________24%,%:60%}'::text[])
    THEN CASE WHEN pg_input_is_valid(value #>> '{}', 'timestamptz') THEN (value #>> '{}')::timestamptz END
    WHEN (value #>> '{}') LIKE '____-__-__%'
      AND (value #>> '{}') ~ '^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$'
      AND pg_input_is_valid(left(value #>> '{}', 10), 'date')
    THEN (regexp_replace(value #>> '{}', '(\.[0-9]{3})[0-9]+', '\1')
      || CASE WHEN length(value #>> '{}') = 10 THEN ' 00:00Z' WHEN (value #>> '{}') ~ '(?:Z|[+-][0-9:]{2,5})$' THEN '' ELSE 'Z' END)::timestamptz
  END
$$;

-- Whether somebody did something in (after, up_to]. Asked only of the few whose last time lies behind `up_to`; a function, so
-- that the planner reckons with few and does not plan for looking at everybody's events.
CREATE FUNCTION "did_within"(customer int, name int, after timestamptz, up_to timestamptz) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 10 AS $$
  SELECT EXISTS (SELECT 1 FROM event e WHERE e.customer = $1 AND e.name = $2 AND e.at > $3 AND e.at <= $4)
$$;
