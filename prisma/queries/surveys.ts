import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import type { LinkedPerson } from './linked.ts'

/** A message that asks a question, as far as its answer needs to know. */
export interface Question extends LinkedPerson {
  message: string
  customer: number
  externalId: string
  campaign: number
  run: number
  enrollment: number
  version: number
  step: number
}

export const findQuestion = (db: Queryable, message: string) =>
  db.row<Question>(sql`
    SELECT m.id AS message, m.customer, c.external_id AS "externalId", r.campaign, m.run, m.enrollment, m.version, m.step, c.locale, c.attributes ->> 'language' AS language
    FROM message m JOIN customer c ON c.id = m.customer JOIN run r ON r.id = m.run WHERE m.id = ${message}`)

export const findAnswer = (db: Queryable, message: string) =>
  db.row<{ score: number; comment: string | null }>(sql`SELECT score, comment FROM survey_answer WHERE message = ${message}`)

/** Keeps the first answer to a question. False when there was one. */
export const keepAnswer = async (
  tx: Queryable,
  answer: { message: string; customer: number; survey: string; score: number; comment: string | null; at: Date },
): Promise<boolean> =>
  (await tx.run(sql`INSERT INTO survey_answer (message, customer, survey, score, comment, at)
    VALUES (${answer.message}, ${answer.customer}, ${answer.survey}, ${answer.score}, ${answer.comment}, ${answer.at}) ON CONFLICT DO NOTHING`)) >
  0
