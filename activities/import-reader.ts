import { setImmediate } from 'node:timers/promises'
import type { ReadingPlace } from '../domain/import/beginning.ts'
import { lanes } from '../domain/import/lane.ts'
import { type ReadLine, readLines } from '../domain/import/read.ts'
import type { Db } from '../prisma/client.ts'
import { bytesFrom, type ImportRow, partBytes } from '../prisma/queries/imports.ts'

const linesAtOnce = 2_000 * lanes.length
/** Lines are understood so many at a time, so that what is being stored meanwhile never waits long for this process. */
const linesInOneGo = 200

export interface Batch {
  lines: ReadLine[]
  after: ReadingPlace
  /** Nothing comes behind them. */
  isEnd: boolean
}

/** Reads a file on from where it stands, a batch with each call. Memory holds two parts of it. */
export function importReader(db: Db, file: ImportRow, context: { receivedAt: Date; region: string }): () => Promise<Batch> {
  let { position } = file
  let bytes: Buffer | undefined
  return async () => {
    if (!bytes || bytes.length <= partBytes) bytes = await bytesFrom(db, file.id, position.offset, bytes)
    const isEnd = position.offset + bytes.length >= file.bytes
    const lines: ReadLine[] = []
    for (;;) {
      const atMost = Math.min(linesInOneGo, linesAtOnce - lines.length)
      const taken = readLines(bytes, position, file, context, { last: isEnd, atMost })
      lines.push(...taken.lines)
      bytes = bytes.subarray(taken.after.offset - position.offset)
      position = { ...position, ...taken.after }
      if (taken.lines.length < atMost || lines.length === linesAtOnce) return { lines, after: taken.after, isEnd }
      await setImmediate()
    }
  }
}
