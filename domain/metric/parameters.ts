import { z } from 'zod'
import { durationSchema } from '../time.ts'

/** Parameters of metrics as a query string brings them: texts. Each has one meaning, whichever metrics take it. */

const amount = (what: string) =>
  z
    .string()
    .regex(/^\d{1,15}(\.\d{1,6})?$/, what)
    .transform(Number)
const eventName = z.string().min(1).max(500)
const wholeNumbers = z
  .string()
  .regex(/^\d{1,4}(,\d{1,4}){0,49}$/, 'whole numbers of days, for example "1,7,30"')
  .transform(text => text.split(',').map(Number))
const bracketList = z
  .string()
  .regex(/^\d{1,4}-\d{1,4}(,\d{1,4}-\d{1,4}){0,49}$/, 'brackets of days, for example "0-0,1-7,8-30"')
  .transform(text => text.split(',').map(pair => pair.split('-').map(Number) as [from: number, to: number]))

export const parameters = {
  n: wholeNumbers.optional().describe('Days after the cohort event: "7", or several: "1,7,30".'),
  brackets: bracketList.optional().describe('Stretches of days, both ends included: "0-0,1-7,8-30".'),
  cohortEvent: eventName.optional().describe("The event that starts a customer's clock; any when absent."),
  returnEvent: eventName.optional().describe('The event that counts as coming back; any when absent.'),
  days: z
    .enum(['calendar', 'customerZone', 'rolling24h'])
    .optional()
    .describe('Days by the reporting zone (default), by the zone of each customer, or blocks of 24 hours.'),
  active: z
    .enum(['subscription', 'event'])
    .optional()
    .describe('What makes a customer active: a paid subscription (default where there are any), or an event.'),
  activeEvent: eventName.optional().describe('With active=event: which event; "Order Completed" when absent.'),
  activeWithin: durationSchema.optional().describe('With active=event: for how long an event keeps a customer active; "90d".'),
  kind: z.enum(['net', 'gross']).optional().describe('Churn: net (gone at the end, default) or gross (away at least once).'),
  grace: durationSchema.optional().describe('How long after its end a trial or term may still be paid; "0d".'),
  scale: z
    .enum(['1-5', '1-7'])
    .optional()
    .describe('The scale of satisfaction: 1-5 (satisfied from 4, default) or 1-7 (from 6).'),
  margin: z
    .string()
    .regex(/^-?[01](\.\d{1,6})?$/, 'a fraction between -1 and 1')
    .transform(Number)
    .pipe(z.number().min(-1).max(1))
    .optional()
    .describe('The share of revenue that remains, a fraction.'),
  periods: amount('a number of months').optional().describe('For how many months a customer is reckoned to stay.'),
  cost: amount('an amount')
    .optional()
    .describe('clv: the cost of winning and serving one customer. ltvCac: all spent to win them.'),
  definition: z
    .enum(['profit', 'totalBusiness', 'revenueLifespan', 'basket'])
    .optional()
    .describe('Which of the four lifetime values.'),
  until: z
    .enum(['churn', 'secondOrder'])
    .optional()
    .describe('survival: until the subscription ends, or the second order comes.'),
  method: z
    .enum(['rank', 'ntile'])
    .optional()
    .describe('rfm: equal values get equal scores (default), or buckets of equal size.'),
} as const

/** The parameters a metric takes, as its schema; what else a query holds is another metric's. */
export const takes = <Name extends keyof typeof parameters>(...names: Name[]) =>
  z.object(Object.fromEntries(names.map(name => [name, parameters[name]])) as Pick<typeof parameters, Name>)
