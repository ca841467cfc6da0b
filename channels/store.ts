import { fill, type LetterField } from '../domain/message/letter.ts'
import type { Batch, Outcome } from './channel.ts'

/** What the inbox and the outbox keep of a message: its words as the person sees them. */
export interface StoredMessage {
  messageId: string
  /** The envelope's address: for in-app the customer's own id in this database. */
  to: string
  content: Partial<Record<LetterField, string>>
  /** Unix milliseconds of the journey. */
  at: number
}

/** Where such messages go. `put` stores each once: a messageId that is there already changes nothing. */
export interface MessageStore {
  put(rows: readonly StoredMessage[]): Promise<unknown>
}

/**
 * Fills the letter for everybody and stores it. A store that failed has stored nothing or the very same rows, which it
 * would not store twice: so a failure is never unclear.
 */
export async function keep(store: MessageStore, batch: Batch): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const rows: StoredMessage[] = []
  for (const { messageId, to, values } of batch.envelopes) {
    const content = fillAll(batch, values)
    const empty = Object.values(content).every(words => words.trim() === '')
    outcomes.push(empty ? { kind: 'refused', code: 'emptyContent', detail: 'the text is empty' } : { kind: 'accepted' })
    if (!empty) rows.push({ messageId, to, content, at: batch.at })
  }
  try {
    if (rows.length > 0) await store.put(rows)
    return outcomes
  } catch {
    const later: Outcome = { kind: 'later', code: 'store', detail: 'the message could not be stored', afterMs: 5_000 }
    return outcomes.map(outcome => (outcome.kind === 'accepted' ? later : outcome))
  }
}

function fillAll({ letter }: Batch, values: readonly string[]): Partial<Record<LetterField, string>> {
  const content: Partial<Record<LetterField, string>> = {}
  for (const field of Object.keys(letter.fields) as LetterField[]) content[field] = fill(letter.fields[field] ?? [], values)
  return content
}
