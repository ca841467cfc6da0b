/** Everything a letter may read for one person. Plain data: no functions, no prototypes, times as ISO text. */
export interface Scope {
  customer: Record<string, unknown>
  /** The event that brought the customer in; absent where none did. */
  event?: { name: string; properties: Record<string, unknown> } | undefined
  campaign: { name: string }
  unsubscribeUrl?: string | undefined
  preferencesUrl?: string | undefined
  postalAddress?: string | undefined
  /** What the links that lead through this server carry; not for templates. */
  clickToken?: string | undefined
  /** How to end it, where an SMS shall say so; not for templates. */
  stopNotice?: string | undefined
  /** Where a survey is answered; in a message that is none, absent. */
  surveyUrl?: string | undefined
  /** Points that can be redeemed. */
  points?: number | undefined
  /** The name of their loyalty tier; absent where they have none. */
  tier?: string | undefined
  /** The tier they come to next and the points that are missing; absent at the top. */
  nextTier?: { name: string; missing: number } | undefined
  /** The offer this stay has made them last; absent before it has. */
  offer?: ScopeOffer | undefined
  /** The journey's time, for `{{ "now" | date }}`: milliseconds since 1970. */
  at: number
  /** The person's time zone: what `date` writes in when it names none. */
  zone?: string | undefined
}

/** An offer as templates read it. */
export interface ScopeOffer {
  key: string
  value: string | number
  /** Proves at the till that this one was made to this customer. */
  code: string
  expiresAt?: string | undefined
}

/** What letters may read of points and offers: asked of the database only for those that do. */
export const rewardNames = ['points', 'tier', 'nextTier', 'offer'] as const
export type ScopeRewards = Pick<Scope, (typeof rewardNames)[number]>

/** The names a template may begin a path with. */
export const scopeNames: readonly string[] = [
  'customer',
  'event',
  'campaign',
  'unsubscribeUrl',
  'preferencesUrl',
  'postalAddress',
  'surveyUrl',
  ...rewardNames,
  'at',
  'zone',
]

/** A customer as templates read it. */
export interface ScopeCustomer {
  externalId?: string
  email?: string | null
  phone?: string | null
  firstName?: string | null
  lastName?: string | null
  timezone?: string | null
  locale?: string | null
  createdAt?: Date | string | null
  /** Absent for a letter that reads none. */
  attributes?: Record<string, unknown>
}

/** The profile's own fields that templates and rules know by name. */
export const ownFields = ['externalId', 'email', 'phone', 'firstName', 'lastName', 'timezone', 'locale', 'createdAt'] as const

/**
 * The customer part of a scope: own fields, every attribute beneath `attributes`, and each also directly where no own
 * field has its name. What is null is left out, so that a template finds it missing.
 */
export function scopeCustomer(customer: ScopeCustomer): Record<string, unknown> {
  if (!customer.attributes) return withOwnFields({}, customer)
  // Named one by one: a deletion, or a loop over names, would make every scope a dictionary, and these are made by the million.
  const {
    externalId: _1,
    email: _2,
    phone: _3,
    firstName: _4,
    lastName: _5,
    timezone: _6,
    locale: _7,
    createdAt: _8,
    ...scope
  } = customer.attributes
  scope.attributes = customer.attributes
  return withOwnFields(scope, customer)
}

function withOwnFields(scope: Record<string, unknown>, customer: ScopeCustomer): Record<string, unknown> {
  for (const field of ownFields) {
    const value = customer[field]
    if (value !== null && value !== undefined) scope[field] = value instanceof Date ? value.toISOString() : value
  }
  return scope
}

/** What a path such as `customer.firstName` means in the profile: an own field, an attribute (dotted), or neither. */
export function customerPath(
  steps: readonly (string | number)[],
): { own: (typeof ownFields)[number] } | { attribute: string } | undefined {
  const [root, first, ...rest] = steps
  if (root !== 'customer' || first === undefined) return undefined
  const own = ownFields.find(field => field === first)
  if (own) return { own }
  if (first === 'attributes') return rest.length > 0 ? { attribute: rest.join('.') } : undefined
  return { attribute: [first, ...rest].join('.') }
}
