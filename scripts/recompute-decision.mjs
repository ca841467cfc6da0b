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

/** ln Γ by Stirling's series, moved up to where it is exact to the last digits. */
function lnGamma(x) {
  let shift = 0
  for (; x < 20; x++) shift -= Math.log(x)
  return shift + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
}

/** The evidence that the arms did not get the customers they should have: it holds however often it is looked at. */
function evidenceOf({ arms: drawn }) {
  const some = drawn.filter(each => each.weight > 0)
  if (drawn.some(each => each.weight <= 0 && each.count > 0)) return Infinity
  const [n, total] = [some.reduce((sum, each) => sum + each.count, 0), some.reduce((sum, each) => sum + each.weight, 0)]
  const factors = [10, 100, 1_000, 10_000, 100_000].map(c =>
    some.reduce(
      (sum, { count, weight }) => {
        const share = weight / total
        return sum + lnGamma(c * share + count) - lnGamma(c * share) - count * Math.log(share)
      },
      lnGamma(c) - lnGamma(c + n),
    ),
  )
  const most = Math.max(...factors)
  return most + Math.log(factors.reduce((sum, factor) => sum + Math.exp(factor - most), 0) / factors.length)
}
const ratio = Math.min(1, evidence.smallestSrmP, Math.exp(-evidence.draws.reduce((sum, draw) => sum + evidenceOf(draw), 0)))
// The smallest p and its logarithm are far apart in digits: what counts is the size.
if (Math.abs(Math.log(Math.max(ratio, 1e-300)) - Math.log(Math.max(result.srm.p, 1e-300))) > 1e-6)
  faults.push(`sample ratio: p ${ratio} here, ${result.srm.p} stored`)
if (result.decision.cause === 'sampleRatio' ? ratio >= 0.001 : ratio < 0.001 && !evidence.broken)
  faults.push(`sample ratio: p ${ratio}, and the decision stored is ${result.decision.state}`)

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
