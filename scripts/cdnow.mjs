// node scripts/cdnow.mjs [purchases|people|consents]: the purchases of CDNOW's customers as CSV, moved so that the last day is yesterday;
// and people and consents to go with them, for trying things out (addresses at mail.example, numbers that belong to nobody).
import { readFileSync } from 'node:fs'

const [header, ...lines] = readFileSync(new URL('../test/data/cdnow_events.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const rows = lines.map(line => line.split(','))
const noon = date => Date.parse(`${date}T12:00:00Z`)
const yesterday = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000
const shift = yesterday - Math.max(...rows.map(([, date]) => noon(date)))
const customers = [...new Set(rows.map(([customer]) => customer))]
const names = ['Ada', 'Björn', 'Chiara', 'Deniz', 'Elif', 'Farah', 'Grace', '']

const what = process.argv[2] ?? 'purchases'
if (what === 'purchases') {
  console.log(header)
  for (const [customer, date, ...rest] of rows)
    console.log([customer, new Date(noon(date) + shift).toISOString(), ...rest].join(','))
} else if (what === 'people') {
  console.log('externalId,email,phone,firstName,timezone')
  const zones = ['Europe/Stockholm', 'America/New_York', 'Asia/Tokyo']
  for (const id of customers)
    console.log(`${id},c${id}@mail.example,+1415555${id},${names[Number(id) % 8]},${zones[Number(id) % 3]}`)
} else if (what === 'consents') {
  console.log('externalId,channel,status,source')
  for (const id of customers.filter(customer => Number(customer) % 4)) console.log(`${id},sms,subscribed,checkout`)
} else {
  console.error('what to print: purchases, people or consents')
  process.exitCode = 1
}
