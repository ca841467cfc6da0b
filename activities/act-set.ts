import type { StepBody } from '../domain/journey/step-kind.ts'
import { sql } from '../domain/sql.ts'
import { movingIn } from '../prisma/queries/enrollments.ts'
import type { Act } from './act.ts'

type SetBody = Extract<StepBody, { kind: 'set' }>

/** Writes attributes; a customer who has them already stays untouched. */
export const actSet = (): Act<SetBody> => async (tx, stand) => {
  const attributes = JSON.stringify(stand.compiled.body.attributes)
  await tx.run(sql`UPDATE customer c SET attributes = c.attributes || ${attributes}::jsonb, updated_at = ${stand.at}, version = c.version + 1
    FROM enrollment e WHERE c.id = e.customer AND ${movingIn(stand.wave)} AND NOT c.attributes @> ${attributes}::jsonb`)
  return undefined
}
