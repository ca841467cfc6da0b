import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { batchSchema, type Call, type CallKind, callKinds, callOf, type RawCall, readCall } from '../../domain/customer/call.ts'
import { plainBatch } from '../../domain/customer/plain-call.ts'
import { type Fault, refusal } from '../../domain/errors.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import type { Routes } from '../deps.ts'
import { acceptJson } from '../json.ts'

const batchLimit = 8 * 1024 * 1024
const answerSchema = z.object({ success: z.literal(true) })

/** Segment's HTTP tracking spec: calls are in the database when the answer leaves, all of a batch or none. */
export const ingestion: Routes = (root, deps) => {
  root.register(async scope => {
    const app = scope.withTypeProvider<ZodTypeProvider>()
    // Browsers send text/plain to spare themselves a preflight, sendBeacon among them.
    acceptJson(scope, ['text/plain'])
    const tags = ['ingestion']
    const config = { needs: 'ingest' } as const

    const take = async (raws: readonly RawCall[], sentAt: string | null | undefined, path: (index: number) => PropertyKey[]) => {
      const receivedAt = deps.clock()
      const read = raws.map((raw, index) => readCall(raw, { at: receivedAt, sentAt }, path(index)))
      const faults = read.filter((each): each is Fault => 'code' in each)
      if (faults[0]) throw refusal('malformed', faults, true)
      const calls = read as Call[]
      const needsSettings = calls.some(call => 'phone' in call.traits || 'currency' in call.properties)
      const settings = needsSettings ? await readSettings(deps.db, deps.config) : undefined
      const { accepted, duplicates, rings } = await ingest(deps.db, calls, {
        receivedAt,
        region: settings?.defaultRegion ?? deps.config.defaultRegion,
        rates: settings?.currencies,
      })
      app.counters.calls.labels('accepted').inc(accepted)
      app.counters.calls.labels('duplicate').inc(duplicates)
      deps.temporal.ring(rings)
      return { success: true as const }
    }

    const careful = app.validatorCompiler!
    const validatorCompiler: typeof careful = part => {
      const check = careful(part)
      return data => {
        const value = plainBatch(data)
        return value ? { value } : check(data)
      }
    }
    app.post(
      '/v1/batch',
      { config, bodyLimit: batchLimit, schema: { tags, body: batchSchema, response: { 200: answerSchema } }, validatorCompiler },
      request => take(request.body.batch, request.body.sentAt, index => ['batch', index]),
    )
    for (const kind of callKinds satisfies CallKind[])
      app.post(`/v1/${kind}`, { config, schema: { tags, body: callOf(kind), response: { 200: answerSchema } } }, request =>
        take([request.body as RawCall], undefined, () => []),
      )
  })
}
