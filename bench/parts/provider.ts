// A local SendGrid that takes everything and counts it: GET /count says how many.
import http from 'node:http'
import { startSendGrid } from '../../test/providers/sendgrid.ts'

const provider = await startSendGrid({ record: 'count', rateLimit: 1e9 })
const counter = http
  .createServer((_, response) => response.end(String(provider.count)))
  .listen(0, '127.0.0.1', () => {
    const address = counter.address()
    console.log(
      JSON.stringify({ url: provider.url, count: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }),
    )
  })
process.once('SIGTERM', () => process.exit(0))
