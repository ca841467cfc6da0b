import type { ScopeCustomer } from '../../domain/message/scope.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** A customer as a letter is filled for them. */
export type PreviewCustomer = ScopeCustomer & {
  id: number
  email: string | null
  phone: string | null
  timezone: string | null
}

export const previewCustomer = (db: Queryable, externalId: string) =>
  db.row<PreviewCustomer>(sql`SELECT id, external_id AS "externalId", email, phone, first_name AS "firstName", last_name AS "lastName", timezone, locale,
    created_at AS "createdAt", attributes FROM customer WHERE external_id = ${externalId}`)

/** The customer's newest event of a name: what would have brought them in. */
export const newestEvent = (db: Queryable, customer: number, name: string) =>
  db.row<{
    name: string
    properties: Record<string, unknown>
  }>(sql`SELECT n.name, e.properties FROM event e JOIN event_name n ON n.id = e.name
    WHERE e.customer = ${customer} AND n.name = ${name} ORDER BY e.at DESC, e.id DESC LIMIT 1`)
