/** A body for routes whose schema alone does not say how it is meant; a test holds each to its schema. By `METHOD /path`. */
export const examples: Readonly<Record<string, unknown>> = {
  'POST /v1/campaigns': {
    name: 'Win them back',
    trigger: { kind: 'now' },
    audience: {
      all: [{ event: 'Order Completed', count: { gte: 1 } }, { inactive: { event: 'Order Completed', for: '120d' } }],
    },
    goals: [
      {
        key: 'back',
        kind: 'winBack',
        success: { event: 'Order Completed', within: '14d' },
        journey: [
          {
            kind: 'message',
            id: 'hello',
            channel: 'email',
            content: {
              a: {
                subject: 'We miss you, {{ customer.firstName | default: "friend" }}',
                html: '<p>Come back for 10 % off.</p><p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">Unsubscribe</a></p>',
              },
              b: {
                subject: 'Your 10 % are waiting',
                html: '<p>Come back for 10 % off.</p><p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">Unsubscribe</a></p>',
              },
            },
          },
          {
            kind: 'await',
            on: { message: 'clicked' },
            within: '3d',
            else: [{ kind: 'message', channel: 'sms', content: { body: 'Your 10 % end on Sunday. Reply STOP to end these.' } }],
          },
        ],
      },
    ],
    experiment: {
      holdout: 0.1,
      variants: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 1 },
      ],
      metric: { kind: 'conversion' },
    },
  },
  'POST /v1/campaigns/:id/preview': { customer: 'u_1001', step: 'hello', variant: 'a' },
  'POST /v1/segments': {
    key: 'loyal',
    name: 'Loyal buyers',
    rule: { event: 'Order Completed', count: { gte: 3 }, within: '365d' },
  },
  'POST /v1/segments/preview': { rule: { all: [{ attribute: 'plan', is: 'pro' }, { not: { inactive: { for: '14d' } } }] } },
  'POST /v1/batch': {
    batch: [
      {
        type: 'identify',
        messageId: 'm1',
        userId: 'u_1001',
        traits: { email: 'ada@example.com', firstName: 'Ada', plan: 'pro' },
      },
      {
        type: 'track',
        messageId: 'm2',
        userId: 'u_1001',
        event: 'Order Completed',
        properties: { orderId: 'o1', revenue: 49.9, currency: 'EUR' },
        timestamp: '2026-11-25T10:00:00Z',
      },
    ],
  },
  'POST /v1/track': { userId: 'u_1001', event: 'Order Completed', properties: { revenue: 49.9, currency: 'EUR' } },
  'POST /v1/identify': { userId: 'u_1001', traits: { email: 'ada@example.com', firstName: 'Ada' } },
  'POST /v1/keys': { name: 'Shop server', role: 'ingest' },
  'POST /v1/customers/:externalId/inbox-token': { expiresIn: '1h' },
  'PUT /v1/customers/:externalId/consents': { channel: 'sms', status: 'subscribed', source: 'checkout form' },
}
