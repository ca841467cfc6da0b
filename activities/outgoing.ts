import { lookup as resolve } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { sign, signatureHeader } from '../domain/journey/webhook-signature.ts'
import type { Outgoing, PostOutcome } from './act.ts'

export interface OutgoingOptions {
  secret: string
  /** For installations whose own servers are in their own network. */
  allowPrivate: boolean
  timeoutMs?: number
}

/**
 * Posts to addresses of the public internet alone. Names are resolved here and the connection goes to the very addresses that were
 * looked at, so that a name cannot change its meaning in between; redirects are not followed. Never throws.
 */
export function createOutgoing({ secret, allowPrivate, timeoutMs = 10_000 }: OutgoingOptions): Outgoing {
  return {
    post: ({ url, id, body, at }) =>
      new Promise<PostOutcome>(answer => {
        const target = new URL(url)
        const host = target.hostname.replace(/^\[|\]$/g, '')
        if (!allowPrivate && isIP(host) && isPrivate(host)) return answer(refusedPrivate)
        const request = (target.protocol === 'https:' ? https : http).request(
          target,
          {
            method: 'POST',
            agent: false,
            lookup: allowPrivate ? undefined : publicLookup,
            timeout: timeoutMs,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              'idempotency-key': id,
              'user-agent': 'perennial-webhook/1',
              [signatureHeader]: sign(secret, body, at),
            },
          },
          response => {
            response.destroy()
            answer(outcomeOf(response.statusCode ?? 0))
          },
        )
        // `timeout` alone watches for silence; this is the end of all patience, a trickle included.
        const deadline = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs)
        request.on('timeout', () => request.destroy(new Error('no answer in time')))
        request.on('close', () => clearTimeout(deadline))
        request.on('error', (error: NodeJS.ErrnoException) =>
          answer(error.code === 'EPRIVATE' ? refusedPrivate : { kind: 'later', code: null, error: error.code ?? error.message }),
        )
        request.end(body)
      }),
  }
}

const refusedPrivate: PostOutcome = { kind: 'refused', code: null, error: 'the address is not of the public internet' }

function outcomeOf(code: number): PostOutcome {
  if (code >= 200 && code < 300) return { kind: 'done', code }
  if (code >= 300 && code < 400) return { kind: 'refused', code, error: 'redirects are not followed' }
  if (code === 408 || code === 425 || code === 429 || code >= 500) return { kind: 'later', code, error: `answered ${code}` }
  return { kind: 'refused', code, error: `answered ${code}` }
}

const publicLookup: LookupFunction = (hostname, options, done) =>
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 4)
    if (addresses.length === 0 || addresses.some(({ address }) => isPrivate(address)))
      return done(Object.assign(new Error('not of the public internet'), { code: 'EPRIVATE' }), '', 4)
    if (options.all) return done(null, addresses)
    const [first] = addresses
    done(null, first?.address ?? '', first?.family ?? 4)
  })

const reserved = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  reserved.addSubnet(net, bits, 'ipv4')
// Of IPv6 only what is given out for global use is called, less what carries an IPv4 address or documents something.
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  reserved.addSubnet(net, bits, 'ipv6')
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

/** Whether an address lies outside of the public internet, in whatever way it is written. */
export function isPrivate(address: string): boolean {
  if (isIP(address) === 4) return reserved.check(address, 'ipv4')
  if (isIP(address) !== 6) return true
  const plain = address.split('%')[0] ?? ''
  return !global6.check(plain, 'ipv6') || reserved.check(plain, 'ipv6')
}
