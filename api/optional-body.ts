import type { z } from 'zod'

/** A body that may be left out: it is then what the schema makes of `{}`. */
export const optionalBody = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(body => (body ?? schema.parse({})) as z.output<Schema>)
