// The bare part: @sendgrid/mail in a loop, the same letter to as many people in batches of 1,000, nothing remembered.
import sendgrid from '@sendgrid/mail'

const [customers, url] = [Number(process.env.CUSTOMERS), process.env.PROVIDER ?? '']
const mail = sendgrid
mail.setApiKey('SG.test')
;(mail as unknown as { client: { setDefaultRequest(key: string, value: string): void } }).client.setDefaultRequest('baseUrl', url)
const html = '<p>Hello {{name}}</p><p>Main Street 1</p><p><a href="{{stop}}">stop</a></p>'
console.log('ready')
const began = performance.now()
const batches = Math.ceil(customers / 1_000)
let next = 0
await Promise.all(
  Array.from({ length: 4 }, async () => {
    while (next < batches) {
      const batch = next++
      await mail.send({
        from: 'shop@perennial.example',
        subject: 'Hello',
        html,
        substitutionWrappers: ['{{', '}}'],
        personalizations: Array.from({ length: Math.min(1_000, customers - batch * 1_000) }, (_, i) => ({
          to: `c${batch * 1_000 + i}@mail.example`,
          substitutions: { name: `N${i}`, stop: `https://perennial.example/u/${batch * 1_000 + i}` },
          customArgs: { message_id: `${batch}-${i}` },
        })),
      })
    }
  }),
)
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1_000 }))
process.exit(0)
