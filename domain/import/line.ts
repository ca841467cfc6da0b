import { momentOf } from '../segment/moment.ts'

/** Why a line is not taken. The message names fields and never what stood in them. */
export interface LineFault {
  code: string
  message: string
}

/** What the reading of a line may rest on beside it. */
export interface RowContext {
  receivedAt: Date
  region: string
}

/** Takes a field of a line away; undefined when it says nothing. */
export type Take = (name: string) => string | undefined

export const fault = (code: string, message: string): LineFault => ({ code, message })
export const isLineFault = (read: object): read is LineFault => 'code' in read

/** What lies further ahead than a day is refused rather than guessed at. */
export const futureMs = 24 * 3_600_000

/** Times of files: ISO 8601, or Unix seconds or milliseconds. */
export function timeOf(text: string): number | undefined {
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000)
  if (/^\d{13}$/.test(text)) return Number(text)
  return momentOf(text)
}
