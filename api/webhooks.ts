import { domainToUnicode } from 'node:url'
import type { FastifyRequest } from 'fastify'
import { addressHash } from '../domain/customer/address-hash.ts'
import { PerennialError } from '../domain/errors.ts'
import type { ChannelKind } from '../domain/message/kinds.ts'
import { asWritten } from '../domain/texts/texts.ts'
import type { Deps } from './deps.ts'

/** What a call without a valid signature gets, whatever else is wrong with it. */
export const badSignature = (provider: string, variable: string, configured: boolean): PerennialError =>
  new PerennialError(
    'badSignature',
    asWritten(
      configured
        ? `This was not signed by ${provider}, or not for this address.`
        : `Nothing from ${provider} can be verified here: ${variable} is not set.`,
    ),
  )

/** The body as it came: signatures are over bytes. */
export const rawBody = (request: FastifyRequest): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))

/** The address the world called, whatever a proxy made of it: what Twilio has signed. */
export const publicAddress = (deps: Deps, request: FastifyRequest): string => `${deps.config.publicUrl}${request.raw.url ?? ''}`

/** Hashes an address for the suppression list, an e-mail address in both spellings of its domain. */
export const hashesOf = (deps: Deps, channel: ChannelKind) => (address: string) => {
  const at = address.lastIndexOf('@')
  const unicode = channel === 'email' && at > 0 ? address.slice(0, at + 1) + domainToUnicode(address.slice(at + 1)) : address
  return [...new Set([address, unicode])].map(each => addressHash(deps.config.secretKey, channel, each).toString('hex'))
}

/** The fields of a form, a field that came twice as a list. */
export function readForm(body: Buffer): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    const before = Object.hasOwn(form, name) ? form[name] : undefined
    form[name] = before === undefined ? value : [before, value].flat()
  }
  return form
}
