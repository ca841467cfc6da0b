import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Outcome } from './channel.ts'

/** What came back from a provider: its answer, or the failure to get one and whether the request can have left at all. */
export type Reply =
  | { answered: true; status: number; headers: Readonly<Record<string, unknown>>; body: unknown }
  | { answered: false; code: string; detail: string; mayHaveLeft: boolean }

/** Failures that come before a byte of the request is written, whatever the socket says. */
const neverLeft = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** How long an unused connection is kept: shorter than providers keep theirs, so that we rarely write into one being closed. */
const idleMs = 4_000

/**
 * Keep-alive agents that remember which connections were ever ready to be written to. That is how a time-out while
 * connecting (nothing left: send again) is told from one while waiting for the answer (it may have been accepted).
 */
export function createWire({ maxSockets }: { maxSockets: number }) {
  const ready = new WeakSet<Socket>()
  const watch = <A extends http.Agent>(agent: A, event: 'connect' | 'secureConnect'): A => {
    // createConnection is documented, but the types leave it out for one of the two agents.
    const opener = agent as unknown as { createConnection(...args: unknown[]): Socket | undefined }
    const open = opener.createConnection
    opener.createConnection = function (this: unknown, ...args: unknown[]) {
      const socket = open.apply(this as A, args)
      socket?.once(event, () => ready.add(socket))
      return socket
    }
    return agent
  }
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: idleMs }
  return {
    httpAgent: watch(new http.Agent(options), 'connect'),
    httpsAgent: watch(new https.Agent(options), 'secureConnect'),
    /** Reads a thrown failure of an axios request made through these agents. */
    failure(error: unknown): Reply {
      const { code, message, request } = error as { code?: unknown; message?: unknown; request?: { socket?: Socket } }
      const socket = request?.socket
      const word = typeof code === 'string' ? code : 'noAnswer'
      const mayHaveLeft = !neverLeft.has(word) && !(socket && !ready.has(socket))
      return { answered: false, code: word, detail: redact(typeof message === 'string' ? message : 'no answer'), mayHaveLeft }
    },
    close() {
      this.httpAgent.destroy()
      this.httpsAgent.destroy()
    },
  }
}

/** The outcome of a request that got no answer. */
export function unanswered(reply: Extract<Reply, { answered: false }>): Outcome {
  const { code, detail, mayHaveLeft } = reply
  return mayHaveLeft ? { kind: 'unclear', code, detail } : { kind: 'later', code, detail, afterMs: retryMs }
}

/** The outcome of somebody whom a fault of our own left without one: unknown, unless the request never began. */
export function ownFault(fault: string, begun: boolean): Outcome {
  const code = 'internal'
  const detail = redact(fault)
  return begun ? { kind: 'unclear', code, detail } : { kind: 'later', code, detail, afterMs: 60_000 }
}

/** When to come again if the provider does not say. */
export const retryMs = 30_000
/** When to come again if somebody must first correct the configuration. */
export const misconfiguredMs = 900_000
const hourMs = 3_600_000

/**
 * How long a provider asks us to stay away, in milliseconds: Retry-After (seconds or a date), else X-RateLimit-Reset
 * (seconds since 1970); never longer than an hour, never less than a second; undefined where it names no time.
 */
export function askedMs(headers: Readonly<Record<string, unknown>>, now: number): number | undefined {
  const after = text(headers['retry-after'])
  const reset = text(headers['x-ratelimit-reset'])
  let wait: number | undefined
  if (/^\d+(\.\d+)?$/.test(after)) wait = Number(after) * 1_000
  else if (after && !Number.isNaN(Date.parse(after))) wait = Date.parse(after) - now
  else if (/^\d+$/.test(reset)) wait = Number(reset) * 1_000 - now
  return wait === undefined ? undefined : Math.min(hourMs, Math.max(1_000, Math.ceil(wait)))
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '')

/** A provider's words without the addresses and numbers in them: outcomes end in the ledger and in logs. */
export const redact = (words: string): string =>
  words
    .slice(0, 1_000)
    .replace(/[^\s<>"'(),;:[\]]+@[^\s<>"'(),;[\]]+/g, '[address]')
    .replace(/\+?\d[\d ()-]{7,}\d/g, '[number]')
    .slice(0, 300)
