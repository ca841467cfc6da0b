/** Branded ids: what the server makes is opaque to callers and not interchangeable in code. */
type Brand<T, Name extends string> = T & { readonly __brand: Name }
export type CustomerId = Brand<number, 'customer'>
export type RunId = Brand<number, 'run'>
export type EnrollmentId = Brand<string, 'enrollment'>
export type MessageId = Brand<string, 'message'>

const spell = (prefix: string) => ({
  /** The number as callers see it. */
  show: (id: number | string): string => `${prefix}_${id}`,
  /** The number behind a caller's text, or undefined when it cannot be one of ours. */
  read: (text: string): number | undefined => {
    const match = new RegExp(`^${prefix}_([1-9]\\d{0,14})$`).exec(text)
    return match ? Number(match[1]) : undefined
  },
})

export const runIds = spell('run')
export const campaignIds = spell('cmp')
export const importIds = spell('imp')

/** Temporal's names for things: one place, so that API and workflows agree. */
export const workflowIds = {
  campaign: (campaign: number, run: number) => `campaign/${campaign}/run/${run}`,
  wave: (campaign: number, run: number, wave: number) => `campaign/${campaign}/run/${run}/wave/${wave}`,
  sweep: (campaign: number, run: number) => `sweep/${campaign}/run/${run}`,
  import: (id: number) => `import/${id}`,
  revaluation: 'revaluation',
  erasure: (id: string) => `erasure/${id}`,
}
