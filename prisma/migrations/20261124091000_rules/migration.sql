-- The moment that a JSON text means, or NULL: domain/segment/moment.ts says the same in memory. Nothing a customer's attribute
-- holds may raise an error, so the cast stands behind a test of form and calendar. Plain SQL and STABLE, so that it is inlined.
CREATE FUNCTION "moment_of"(value jsonb) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN jsonb_typeof(value) = 'string'
      AND (value #>> '{}') ~ '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$'
      AND pg_input_is_valid(left(value #>> '{}', 10), 'date')
    THEN (regexp_replace(value #>> '{}', '(\.[0-9]{3})[0-9]+', '\1')
      || CASE WHEN length(value #>> '{}') = 10 THEN ' 00:00Z' WHEN (value #>> '{}') ~ '(Z|[+-][0-9:]{2,5})$' THEN '' ELSE 'Z' END)::timestamptz
  END
$$;
