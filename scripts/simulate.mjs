// npm run simulate -- --seeds 10000 [--from 1]    plays that many random worlds and says which broke what must never break.
// SEED=123 npx vitest run test/simulation          plays one again.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } } })
const { status } = spawnSync('npx', ['vitest', 'run', 'test/simulation'], {
  stdio: 'inherit',
  env: { ...process.env, SEEDS: values.seeds, FROM: values.from },
})
process.exitCode = status ?? 1
