/** Of the catalogue: what each kind of refusal is called, and what its reader can do about it. */
export const problems = {
  malformed: { title: 'The request is not of the expected form', hint: 'Correct the named fields and send it again.' },
  unauthorized: { title: 'No valid key', hint: 'Send "Authorization: Bearer KEY" with a key of this installation.' },
  forbidden: { title: 'Not allowed for this role', hint: 'Use a key whose role allows this, or ask an owner.' },
  badSignature: { title: 'The signature does not match', hint: 'Check the signing key configured for this provider.' },
  notFound: { title: 'There is no such thing', hint: 'Check the name in the path.' },
  methodNotAllowed: { title: 'This path does not take that method', hint: 'See /docs for the methods of this path.' },
  conflict: { title: 'Not possible in the present state', hint: 'Read the current state and decide again.' },
  idempotencyConflict: { title: 'This Idempotency-Key was used with another request', hint: 'Use a new key for a new request.' },
  stale: {
    title: 'It was changed by somebody else meanwhile',
    hint: 'Read it again, then send your change with the new version in If-Match.',
  },
  tooLarge: { title: 'The request is too large', hint: 'Send it in smaller parts.' },
  unsupportedMedia: {
    title: 'This content type is not understood',
    hint: 'Send application/json, or what /docs names for this path.',
  },
  unprocessable: { title: 'Well-formed, but it cannot mean anything', hint: 'Correct the named fields.' },
  tooMany: { title: 'Too many requests', hint: 'Wait as long as Retry-After says.' },
  internal: { title: 'Something went wrong here', hint: 'Try again; if it stays, give the operator the request id.' },
  notBuilt: { title: 'Not built yet', hint: 'See CHANGELOG.md for what stands.' },
  unavailable: { title: 'A part this needs is away', hint: 'Try again after the seconds in Retry-After.' },
}
