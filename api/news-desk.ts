import { setTimeout as delay } from 'node:timers/promises'
import { processReports } from '../prisma/queries/news.ts'
import { linkRestMs } from '../prisma/queries/provider-events.ts'
import type { App, Deps } from './deps.ts'

/** Processes stored reports beside the answers, one batch at a time. */
export interface NewsDesk {
  /** Reports were stored: they are processed soon, those of links when they have rested. Never waits, never fails. */
  stir(afterMs?: number): void
  /** Takes a webhook in; a batch is not begun meanwhile, for a while: whoever waits for an answer comes first. */
  taking<T>(work: () => Promise<T>): Promise<T>
  /** Answers when nothing is under way. */
  idle(): Promise<void>
}

const retryMs = 1_000
const busyMs = 100
/** How long what is stored waits at most for webhooks that keep coming. */
const yieldMs = 250
const desks = new WeakMap<Deps, NewsDesk>()

/** The one desk of this process. What it leaves behind when the process dies, the worker's `news` workflow finds. */
export function newsDesk(app: App, deps: Deps): NewsDesk {
  const standing = desks.get(deps)
  if (standing) return standing
  let running: Promise<void> | undefined
  let wanted = false
  let closed = false
  const timers = new Set<NodeJS.Timeout>()

  const later = (ms: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      desk.stir()
    }, ms)
    timers.add(timer)
  }
  let takings = 0
  const quiet = async () => {
    for (const end = Date.now() + yieldMs; takings > 0 && !closed && Date.now() < end; ) await delay(5)
  }
  const work = async () => {
    while (wanted && !closed) {
      wanted = false
      await quiet()
      try {
        const { reports, busy, rings } = await processReports(deps.db, { at: deps.clock() })
        deps.temporal.ring(rings.map(({ run }) => run))
        if (reports > 0) wanted = true
        else if (busy > 0) later(busyMs)
      } catch (error) {
        // A deadlock, a database that is away: what was stored is still there.
        deps.log.warn({ err: error }, 'stored reports could not be processed; they are tried again')
        later(retryMs)
      }
    }
  }
  const desk: NewsDesk = {
    stir: afterMs => {
      if (closed) return
      if (afterMs) return later(afterMs)
      wanted = true
      running ??= work().finally(() => {
        running = undefined
        if (wanted) desk.stir()
      })
    },
    taking: async work => {
      takings++
      try {
        return await work()
      } finally {
        // Whoever reports at length sends the next at once.
        setTimeout(() => takings--, 10).unref()
      }
    },
    idle: async () => {
      while (running) await running
    },
  }
  desks.set(deps, desk)
  app.addHook('onClose', async () => {
    closed = true
    for (const timer of timers) clearTimeout(timer)
    await desk.idle()
  })
  return desk
}

/** A followed link is looked at when it has rested. */
export const afterLinkMs = linkRestMs + 50
