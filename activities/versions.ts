import { type Campaign, campaignSchema } from '../domain/campaign/campaign.ts'
import type { Goal } from '../domain/campaign/goal.ts'
import type { Program } from '../domain/journey/program.ts'
import type { CompiledStep } from '../domain/journey/step-kind.ts'
import { type CompiledLetter, compileLetter } from '../domain/message/template.ts'
import { sql } from '../domain/sql.ts'
import type { Queryable } from '../prisma/client.ts'

/** A published version ready to run: it never changes, so it is read and compiled once in each worker. */
export interface Published {
  campaign: number
  version: number
  document: Campaign
  program: Program
  goal(key: string): Goal
  step(index: number): CompiledStep
  /** The compiled text of a message step for a variant. */
  letter(step: number, variant: string | null): CompiledLetter
}

const keep = 200

/** Loads published versions, each once; the least recently used ones make room. */
export function createVersions(db: Queryable) {
  const cache = new Map<string, Promise<Published>>()

  const load = async (campaign: number, version: number): Promise<Published> => {
    const row = await db.row<{ document: unknown; program: Program }>(
      sql`SELECT document, program FROM campaign_version WHERE campaign = ${campaign} AND version = ${version}`,
    )
    if (!row) throw new Error(`campaign ${campaign} has no published version ${version}`)
    return publish(campaign, version, campaignSchema.parse(row.document), row.program)
  }

  return async (campaign: number, version: number): Promise<Published> => {
    const key = `${campaign}/${version}`
    const found = cache.get(key) ?? load(campaign, version)
    cache.delete(key)
    cache.set(key, found)
    if (cache.size > keep) cache.delete(cache.keys().next().value ?? key)
    try {
      return await found
    } catch (error) {
      cache.delete(key)
      throw error
    }
  }
}

/** A document and its program as something that runs. */
export function publish(campaign: number, version: number, document: Campaign, program: Program): Published {
  const letters = new Map<string, CompiledLetter>()
  const step = (index: number): CompiledStep => {
    const found = program.steps[index]
    if (!found) throw new Error(`campaign ${campaign} version ${version} has no step ${index}`)
    return found
  }
  return {
    campaign,
    version,
    document,
    program,
    step,
    goal: key => {
      const goal = document.goals.find(g => g.key === key)
      if (!goal) throw new Error(`campaign ${campaign} version ${version} has no goal ${key}`)
      return goal
    },
    letter: (index, variant) => {
      const { body } = step(index)
      if (body.kind !== 'message') throw new Error(`step ${index} is no message`)
      const of = variant !== null && variant in body.contents ? variant : (Object.keys(body.contents)[0] ?? '')
      const key = `${index}/${of}`
      const content = body.contents[of]
      if (!content) throw new Error(`step ${index} has no content`)
      const letter = letters.get(key) ?? compileLetter(body.channel, content)
      letters.set(key, letter)
      return letter
    },
  }
}

export type Versions = ReturnType<typeof createVersions>
