import type { ImportPosition, ReadingPlace } from './beginning.ts'
import { isLineFault } from './line.ts'
import type { LineRead } from './row.ts'
import { isSuppression } from './suppression-row.ts'

/** A file is stored in so many lanes beside each other, as two sessions of the database do more than one. */
export const lanes = [0, 1] as const
export type Lane = (typeof lanes)[number]

/** How far each lane is. */
export type Lanes = Record<Lane, ReadingPlace>

/**
 * The lane that stores a line. All lines of a customer are in one, so that they are stored in the order of the file and no two lanes
 * write the same rows. It is part of where a reading stands: it must not change while a file is being read.
 */
export function laneOf(read: LineRead): Lane {
  if (isLineFault(read) || isSuppression(read)) return 0
  let hash = 0
  for (let i = 0; i < read.customer.length; i++) hash = (Math.imul(hash, 31) + read.customer.charCodeAt(i)) | 0
  return ((hash ^ (hash >>> 16)) & 1) as Lane
}

/** Whether a line is about more than its customer, so that what stands before it in the file must be stored before it, and what follows after. */
export const isShared = (read: LineRead): boolean =>
  !isLineFault(read) && !isSuppression(read) && (read.formerly !== undefined || read.account !== undefined)

/** How far each lane of a file is; all are where the reading is in one that was read before there were lanes. */
export function lanesOf({ lanes, offset, line, skipping }: ImportPosition): Lanes {
  const place = { offset, line, skipping }
  return lanes ?? { 0: place, 1: place }
}
