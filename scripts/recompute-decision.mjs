// node scripts/recompute-decision.mjs decision.json    computes a stored decision again from its frozen inputs and says whether it agrees.
// The file is the answer of GET /v1/campaigns/{id}/results/decisions/{n}. Written apart from the application, from the published
// formulas alone (asymptotic confidence sequence, arXiv 2103.06476v7), so that it proves something: it imports nothing of ours.
import { readFileSync } from 'node:fs'

const [file] = process.argv.slice(2)
if (!file) {
  console.error('usage: node scripts/recompute-decision.mjs decision.json')
  process.exit(2)
}
const { frozen, state, arm } = JSON.parse(readFileSync(file, 'utf8'))
const { evidence, result } = frozen
const { plan, measure } = evidence
const faults = []
const close = (ours, theirs, what) => {
  if (Math.abs(ours - theirs) > 1e-9 * Math.max(1, Math.abs(theirs))) faults.push(`${what}: ${ours} here, ${theirs} stored`)
}

/** Mean and variance of an arm's matured customers; those without any money count as zero. */
function summary({ matured: n, converted, sums }) {
  if (measure.outcome === 'proportion') return { n, mean: converted / n, variance: (converted / n) * (1 - converted / n) }
  if (!sums) return { n, mean: 0, variance: 0 }
  const squares = sums.yy + (sums.y ** 2 * sums.n * (n - sums.n)) / n
  return { n, mean: (sums.y * sums.n) / n, variance: n < 2 ? 0 : squares / (n - 1) }
}

const arms = new Map(
  evidence.arms
    .filter(each => ![...evidence.stopped, ...evidence.idle].includes(each.key))
    .map(each => [each.key, summary(each)]),
)
const pairs = result.comparisons
// The error is shared among all pairs there were at the beginning: a stopped arm keeps its share.
const began = evidence.arms.filter(each => !evidence.idle.includes(each.key)).length
const alpha = plan.error / ((began * (began - 1)) / 2)
const rho2 = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / plan.nStar
const intervals = pairs.map(pair => {
  const [one, other] = [arms.get(pair.arm), arms.get(pair.against)]
  const n = one.n + other.n
  const variance = one.variance / one.n + other.variance / other.n
  const difference = one.mean - other.mean
  if (!(variance > 0)) return { ...pair, interval: null }
  const growth = n * rho2
  const half = Math.sqrt(variance * n) * Math.sqrt(((2 * (growth + 1)) / (n * growth)) * Math.log(Math.sqrt(growth + 1) / alpha))
  close(difference, pair.difference, `difference of ${pair.arm} and ${pair.against}`)
  close(difference - half, pair.interval[0], `lower end of ${pair.arm} against ${pair.against}`)
  close(difference + half, pair.interval[1], `upper end of ${pair.arm} against ${pair.against}`)
  return { ...pair, interval: [difference - half, difference + half] }
})

/** Whether the whole interval lies on the good side of 0 for this arm. */
function beats(key, { arm: one, interval }) {
  if (interval === null) return false
  return (one === key) === (measure.better === 'higher') ? interval[0] > 0 : interval[1] < 0
}
const winner = [...arms.keys()].find(key =>
  intervals.every(pair => (pair.arm !== key && pair.against !== key) || beats(key, pair)),
)
const alike = intervals.every(
  ({ interval }) => interval && interval[0] >= -plan.minimumEffect && interval[1] <= plan.minimumEffect,
)
const enough = [...arms.entries()].every(([key, { n }]) => {
  const { converted } = evidence.arms.find(each => each.key === key)
  return n >= 100 && (measure.outcome === 'mean' || (converted >= 10 && n - converted >= 10))
})
const early = evidence.maturedDays < plan.minimumDays || !enough
const said = early ? 'keepRunning' : winner ? 'winner' : alike ? 'noDifference' : 'keepRunning'
if (result.decision.state !== 'invalid') {
  if (said !== result.decision.state) faults.push(`decision: ${said} here, ${result.decision.state} stored`)
  if (said === 'winner' && winner !== result.decision.arm) faults.push(`winner: ${winner} here, ${result.decision.arm} stored`)
}
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? `agrees: ${state}${arm ? ` (${arm})` : ''}` : 'does not agree')
process.exitCode = faults.length === 0 ? 0 : 1
