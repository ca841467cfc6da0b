/**
 * How long a worker goes on beginning requests after it last saw that a send is still its own, in milliseconds. Who takes a send
 * over believes the provider's records only about what could have been begun until then: a worker taken for dead may live.
 */
export const leaseMs = (keepMs: number): number => Math.min(10_000, keepMs / 4)

/** Watches a lease: `seen` is when the send was last known to be ours, `lost` that it is not. */
export function createLease(from: number, lengthMs: number, now: () => number) {
  let seen = from
  let lost = false
  return {
    /** Whether a request may begin now. */
    holds: (): boolean => !lost && now() < seen + lengthMs,
    renew(at: number): void {
      seen = Math.max(seen, at)
    },
    lose(): void {
      lost = true
    },
  }
}
