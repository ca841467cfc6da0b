import { setTimeout as sleep } from 'node:timers/promises'
import { ownerKey, type Plant } from './plant.ts'

/** Asks the API until it answers with a success: any supervisor's client would. A refusal is a fault of the test. */
export async function insist(plant: Plant, method: string, path: string, body?: unknown, key?: string): Promise<unknown> {
  for (;;) {
    try {
      const response = await fetch(`${plant.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ownerKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key ? { 'idempotency-key': key } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      if (response.status < 500 && response.status !== 429 && response.status !== 409)
        throw new Error(`refused: ${response.status} ${text}`)
    } catch (error) {
      if (String(error).includes('refused: ')) throw error
    }
    await sleep(100)
  }
}
