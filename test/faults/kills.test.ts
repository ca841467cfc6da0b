import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { torture } from './torture.ts'

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: join(import.meta.dirname, '..', '..'), stdio: 'inherit' })
}, 180_000)

/** Another seed by SEED=n; the long form is `npm run torture`. */
const seed = Number(process.env.SEED ?? 1)

test(`after 30 times kill -9 (seed ${seed}) nobody got a message twice, nobody is lost, and all that is doubtful is settled or held`, async () => {
  const account = await torture({
    seed,
    kills: 30,
    every: [200, 700],
    customers: 120,
    uncertainFor: '8s',
    faultRate: 0.4,
    hangs: false,
    patienceMs: 240_000,
    ...(process.env.LOG ? { log: line => console.log(new Date().toISOString().slice(14, 23), line) } : {}),
  })
  const { twice, lost, lies, identities, messages, enrolled, ended } = account
  const story = JSON.stringify(account)
  if (process.env.LOG) console.log(story)
  expect({ twice, lost, lies, identities }, story).toEqual({ twice: [], lost: [], lies: [], identities: [] })
  expect([enrolled, ended], story).toEqual([120, 120])
  const settled = ['accepted', 'delivered', 'held', 'failed']
  expect(
    Object.keys(messages).filter(status => !settled.includes(status)),
    story,
  ).toEqual([])
}, 400_000)
