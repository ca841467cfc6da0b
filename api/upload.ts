import { createHash } from 'node:crypto'
import { PerennialError, refusal } from '../domain/errors.ts'
import { beginningOf, type ImportPlan } from '../domain/import/beginning.ts'
import type { ImportFormat } from '../domain/import/layout.ts'
import { beginImport, dropImport, keepPart, partBytes } from '../prisma/queries/imports.ts'
import type { Deps } from './deps.ts'

/** The largest file that is taken, in bytes. */
const largestFile = 8 * 1024 ** 3

/** The bytes of a request, cut into parts of one size; memory holds one at a time. */
async function* partsOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    held.push(chunk)
    size += chunk.length
    while (size >= partBytes) {
      const all = Buffer.concat(held)
      yield all.subarray(0, partBytes)
      held = [all.subarray(partBytes)]
      size -= partBytes
    }
  }
  if (size > 0) yield Buffer.concat(held)
}

/** Refuses what the beginning of a file says about the whole of it. */
export function beginUpload(first: Buffer, plan: ImportPlan, format: ImportFormat | undefined) {
  const begun = beginningOf(first, plan, format, first.length < partBytes)
  if ('faults' in begun) throw refusal('unprocessable', begun.faults)
  return begun
}

/**
 * Keeps a body as an import that is still closed. Answers its number, its size and a digest of its bytes. Throws `unprocessable`
 * when its header cannot be read, `tooLarge`; then and when the sender goes away nothing is kept.
 */
export async function receiveFile(
  deps: Deps,
  body: AsyncIterable<Buffer>,
  plan: ImportPlan,
  options: { format: ImportFormat | undefined; actor: string },
): Promise<{ id: number; bytes: number; digest: Buffer }> {
  const hash = createHash('sha256')
  let id: number | undefined
  let bytes = 0
  let number = 0
  try {
    for await (const part of partsOf(body)) {
      if (id === undefined) {
        const begun = beginUpload(part, plan, options.format)
        id = await beginImport(deps.db, { ...plan, ...begun, actor: options.actor, at: deps.clock() })
      }
      hash.update(part)
      bytes += part.length
      if (bytes > largestFile) throw new PerennialError('tooLarge', t => t.refusals.fileTooLarge(largestFile / 1024 ** 3))
      await keepPart(deps.db, id, number++, part)
    }
    if (id === undefined) beginUpload(Buffer.alloc(0), plan, options.format)
  } catch (error) {
    if (id !== undefined) await dropImport(deps.db, id)
    throw error
  }
  return { id: id!, bytes, digest: hash.digest() }
}

/** The first bytes of a body, up to one part; the rest is not read. */
export async function firstPart(body: AsyncIterable<Buffer>): Promise<{ bytes: Buffer; whole: boolean }> {
  for await (const part of partsOf(body)) return { bytes: part, whole: part.length < partBytes }
  return { bytes: Buffer.alloc(0), whole: true }
}
