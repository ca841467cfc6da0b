/**
 * kill -9 of worker, API, PostgreSQL and Temporal at seeded moments over a campaign of e-mail and SMS, with providers that misbehave.
 * `npm run torture -- --kills 1000 --seed 7 [--customers 5000]` prints the seed and the full account; exit code 1 when anything is wrong.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { torture } from '../test/faults/torture.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    customers: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills)
const seed = Number(values.seed)
console.log(`seed ${seed}, ${kills} kills`)
const root = join(import.meta.dirname, '..')
execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' })
const account = await torture({
  seed,
  kills,
  every: [200, 1_500],
  customers: Number(values.customers ?? Math.max(300, kills * 4)),
  uncertainFor: '20s',
  faultRate: 0.3,
  hangs: true,
  patienceMs: 900_000,
  ...(values.quiet ? {} : { log: line => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`) }),
})
console.log(JSON.stringify(account, null, 2))
const wrong = [account.twice, account.lost, account.lies, account.identities].some(list => list.length > 0)
process.exit(wrong || account.enrolled !== account.customers || account.ended !== account.enrolled ? 1 : 0)
