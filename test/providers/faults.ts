/** What a provider may do instead of answering well; `after…` and `accept…` have accepted, the others have not. */
export const faultKinds = [
  'resetBefore',
  'hangBefore',
  'tooMany',
  'error500Before',
  'error503Before',
  'error500After',
  'acceptThenHang',
  'acceptThenReset',
  'garbage',
  'slow',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** Faults that leave the request accepted though its sender cannot know. */
export const accepting: ReadonlySet<FaultKind> = new Set([
  'error500After',
  'acceptThenHang',
  'acceptThenReset',
  'garbage',
  'slow',
])

/** Chooses the fault of the n-th request (from 0), or none. */
export type Faults = (request: number) => FaultKind | undefined

/** mulberry32: a small generator, so that a seed tells the whole plan. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A plan in which a share of the requests meets a fault; the same seed gives the same plan. */
export function seededFaults(seed: number, rate: number, kinds: readonly FaultKind[] = faultKinds): Faults {
  const random = randomFrom(seed)
  const plan: (FaultKind | undefined)[] = []
  return request => {
    while (plan.length <= request) {
      const kind = kinds[Math.floor(random() * kinds.length)]
      plan.push(random() < rate ? kind : undefined)
    }
    return plan[request]
  }
}

/** The first requests meet these faults, in order; the rest none. */
export const faultsInOrder =
  (...kinds: (FaultKind | undefined)[]): Faults =>
  request =>
    kinds[request]
