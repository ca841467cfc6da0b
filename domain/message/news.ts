import { advance, type EngagementKind, type MessageStatus, readNews } from './delivery.ts'

/** What somebody outside can report about a message: a provider, a link, an answer. */
export const reportKinds = [
  'processed',
  'deferred',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'bounced',
  'dropped',
  'complained',
  'unsubscribed',
] as const
export type ReportKind = (typeof reportKinds)[number]

/** One report, as far as it concerns the message. */
export interface Report {
  kind: ReportKind
  /** When it happened. */
  at: Date
  /** A scanner or a mail program did it, not the person. */
  machine?: boolean | undefined
}

/** Where a message stands, with the first time of each thing that happened to it. */
export interface Standing {
  status: MessageStatus
  acceptedAt: Date | null
  deliveredAt: Date | null
  openedAt: Date | null
  clickedAt: Date | null
  repliedAt: Date | null
}

const times = {
  delivered: 'deliveredAt',
  opened: 'openedAt',
  clicked: 'clickedAt',
  replied: 'repliedAt',
} as const satisfies Partial<Record<EngagementKind, keyof Standing>>

/** What a report proves, in the words of the ledger. Who unsubscribes has the message; who was merely taken note of was accepted. */
function meaning({ kind, machine }: Report): ReturnType<typeof readNews> {
  if (kind === 'processed' || kind === 'deferred') return { status: 'accepted', engagements: [] }
  if (kind === 'unsubscribed') return readNews({ kind: 'delivered' })
  return readNews({ kind, machine: machine ?? false })
}

/**
 * Where a message stands after a report. Reports join in any order, twice or late: the status only moves forward and each time
 * is that of the earliest report.
 */
export function take(standing: Standing, report: Report): Standing {
  const { status, engagements } = meaning(report)
  const moved = advance(standing.status, status)
  const after: Standing = { ...standing, ...(moved === 'unchanged' ? {} : { status: moved }) }
  // Whatever is reported of a message, its provider has taken it.
  after.acceptedAt = standing.acceptedAt ?? report.at
  for (const engagement of engagements) {
    if (engagement === 'seen') continue
    const name = times[engagement]
    const before = standing[name]
    if (before === null || report.at < before) after[name] = report.at
  }
  return after
}

/** The engagements that are new between two standings, the strongest alone where it says the others too. */
export function newEngagements(before: Standing, after: Standing): EngagementKind[] {
  const fresh = (kind: keyof typeof times) => before[times[kind]] === null && after[times[kind]] !== null
  const strongest = (['clicked', 'opened', 'delivered'] as const).find(fresh)
  return [...(strongest ? [strongest] : []), ...(fresh('replied') ? ['replied' as const] : [])]
}
