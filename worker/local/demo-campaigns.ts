/** What the demo shows: saved segments, one campaign with waits of seconds that runs, and a draft to play with. */

export const demoSegments = [
  { key: 'loyal', name: 'Bought three times or more', rule: { event: 'Order Completed', count: { gte: 3 } } },
  { key: 'silent-60', name: 'Silent for 60 days', rule: { inactive: { for: '60d' } } },
  { key: 'on-trial', name: 'On trial', rule: { subscription: { status: 'trialing' } } },
] as const

const letter = (
  title: string,
  text: string,
  button: string,
): string => `<div style="max-width:520px;margin:0 auto;font-family:Georgia,serif;color:#1b201d">
<p style="color:#1f6b48;font-size:14px">The Perennial Garden</p>
<h1 style="font-size:26px;font-weight:500;margin:8px 0 12px">${title}</h1>
<p style="font-size:16px;line-height:1.6">${text}</p>
<p style="margin:22px 0"><a href="https://example.com/cart" style="background:#1f6b48;color:#fff;padding:11px 20px;border-radius:8px;text-decoration:none;font-family:sans-serif;font-size:15px">${button}</a></p>
<p style="color:#656c67;font-size:12px;font-family:sans-serif">{{ postalAddress }} · <a href="{{ unsubscribeUrl }}">Unsubscribe</a></p>
</div>`

const hello = 'Hello {{ customer.firstName | default: "there" }}'

export const demoCampaign = {
  name: 'Sample: carts that were left',
  trigger: { kind: 'event', event: 'Cart Abandoned', maxAge: '24h' },
  audience: { attribute: 'externalId', startsWith: 'demo-' },
  reentry: { after: '30m' },
  goals: [
    {
      key: 'finish-the-order',
      kind: 'recovery',
      success: { event: 'Order Completed', within: '40s' },
      journey: [
        {
          kind: 'message',
          id: 'reminder',
          channel: 'email',
          class: 'marketing',
          content: {
            friendly: {
              subject: `${hello}, your cart is still here`,
              html: letter(
                `${hello},`,
                'We kept what you chose. It takes a minute to finish, whenever it suits you.',
                'Go back to the cart',
              ),
            },
            offer: {
              subject: 'Free delivery until tonight',
              html: letter(
                'Delivery is on us',
                `${hello}: finish your order today, and we pay the delivery.`,
                'Finish the order',
              ),
            },
          },
        },
        {
          kind: 'await',
          id: 'clicked',
          on: { message: 'clicked', step: 'reminder' },
          within: '15s',
          do: [{ kind: 'set', id: 'mark', attributes: { cart: 'warm' } }],
          else: [
            {
              kind: 'message',
              id: 'in-app',
              channel: 'inApp',
              class: 'marketing',
              content: {
                title: 'Your cart is waiting',
                body: `${hello}, it is all still there.`,
                action: { url: 'https://example.com/cart', label: 'Open the cart' },
              },
            },
          ],
        },
        { kind: 'wait', id: 'breathe', for: '20s' },
      ],
    },
  ],
  experiment: {
    holdout: 0.2,
    variants: [
      { key: 'friendly', weight: 1 },
      { key: 'offer', weight: 1 },
    ],
    metric: { kind: 'conversion' },
    minimumEffect: 0.05,
    error: 0.05,
    minimumDays: 0,
    plannedTotal: 1_500,
    onDecision: 'report',
  },
  limits: { ignoreCaps: true, quietHours: 'respect' },
} as const

export const demoDraft = {
  name: 'Sample: win back the silent ones',
  trigger: { kind: 'now' },
  audience: { segment: 'silent-60' },
  reentry: 'never',
  goals: [
    {
      key: 'loyal',
      kind: 'loyaltyReward',
      when: { segment: 'loyal' },
      success: { event: 'Order Completed', within: '14d' },
      journey: [
        {
          kind: 'message',
          id: 'thanks',
          channel: 'email',
          class: 'marketing',
          content: {
            subject: `${hello}, a thank-you`,
            html: letter('Thank you for staying', 'You have been with us for a while. Here is something for it.', 'See it'),
          },
        },
        { kind: 'wait', id: 'rest', for: '5d' },
      ],
    },
    {
      key: 'win-back',
      kind: 'winBack',
      success: { event: 'Order Completed', within: '14d' },
      journey: [
        {
          kind: 'message',
          id: 'we-miss-you',
          channel: 'email',
          class: 'marketing',
          content: {
            subject: `${hello}, the season begins`,
            html: letter('New seeds are here', 'It has been a while. Have a look at what is new this season.', 'What is new'),
          },
        },
        {
          kind: 'await',
          id: 'opened',
          on: { message: 'opened', step: 'we-miss-you' },
          within: '3d',
          do: [],
          else: [
            {
              kind: 'message',
              id: 'sms',
              channel: 'sms',
              class: 'marketing',
              content: { body: `${hello}! New seeds are here: https://example.com/new` },
            },
          ],
        },
      ],
    },
  ],
  experiment: {
    holdout: 0.1,
    variants: [{ key: 'a', weight: 1 }],
    metric: { kind: 'conversion' },
    minimumEffect: 0.02,
    error: 0.05,
    minimumDays: 7,
    onDecision: 'report',
  },
  limits: { ignoreCaps: false, quietHours: 'respect' },
} as const
