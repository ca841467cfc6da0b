// A local SendGrid that remembers when a letter with the subject "Second" arrived for whom: GET / on the other port tells.
import http from 'node:http'
import type { AddressInfo } from 'node:net'

const arrived: [to: string, at: number][] = []
let first = 0
const provider = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const at = Date.now()
    const mail = JSON.parse(Buffer.concat(chunks).toString()) as {
      subject?: string
      personalizations: { to: { email: string }[]; custom_args?: { message_id?: string } }[]
    }
    if (mail.subject === 'Second') for (const person of mail.personalizations) arrived.push([person.to[0]?.email ?? '', at])
    else first += mail.personalizations.length
    response.writeHead(202, { 'x-message-id': `m${at}` }).end()
  })
})
const teller = http.createServer((_, response) => response.end(JSON.stringify({ first, arrived })))
await new Promise<void>(done => provider.listen(0, '127.0.0.1', done))
await new Promise<void>(done => teller.listen(0, '127.0.0.1', done))
const url = (server: http.Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
console.log(JSON.stringify({ url: url(provider), tell: url(teller) }))
process.once('SIGTERM', () => process.exit(0))
