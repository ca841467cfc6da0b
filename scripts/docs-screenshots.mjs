// node scripts/docs-screenshots.mjs URL KEY    takes the pictures of docs/ from a running start with its demo (npm start), in light
// colours at one size. Needs Debian's chromium, or CHROMIUM set to another.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

const [url = 'http://127.0.0.1:3000', key = process.env.API_KEY ?? ''] = process.argv.slice(2)
const folder = join(dirname(import.meta.dirname), 'docs', 'images')
mkdirSync(folder, { recursive: true })

const ask = async path => (await (await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })).json()).data
const campaigns = await ask('/v1/campaigns?limit=500')
const carts = campaigns.find(each => each.name.includes('carts')).id
const draft = campaigns.find(each => each.name.includes('win back')).id

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const context = await browser.newContext({ viewport: { width: 1240, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' })
const page = await context.newPage()
await page.goto(`${url}/sign-in`)
await page.getByLabel('Key').fill(key)
await page.getByRole('button', { name: 'Sign in' }).click()
await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()

/** Goes there, lets it settle, does what the picture wants, and takes it. */
async function picture(name, path, before = async () => {}) {
  await page.goto(url + path)
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('.skeleton'))
  await before()
  await page.waitForTimeout(900)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.log(name)
}

await picture('overview', '/')
await picture('new-campaign', '/campaigns?new')
await picture('plan', `/campaigns/${draft}`)
await picture('journey', `/campaigns/${draft}`, async () => {
  await page.getByRole('radio', { name: /Win back/ }).check({ force: true })
  await page.getByRole('region', { name: 'Journey' }).locator('.step-open').first().click()
  await page.locator('.journey').evaluate(element => element.scrollIntoView())
  await page.mouse.wheel(0, -70)
  await page.waitForTimeout(1500)
})
await picture('launch', `/campaigns/${draft}`, async () => {
  await page.getByRole('button', { name: 'Launch' }).click()
  await page.getByText(/Holdout, gets nothing/).waitFor()
})
await picture('live', `/campaigns/${carts}/live`)
await picture('results', `/campaigns/${carts}/results`, () => page.locator('.decision .lede').waitFor())
await picture('segment', '/segments/loyal')
await picture('customer', '/customers/demo-0001')
await picture('retention', '/retention')
await picture('outbox', '/outbox')
await picture('channels', '/settings/channels')
await picture('team', '/settings/team')

// What needs something to show: a campaign that runs and was edited, and a share of customers that nobody writes to.
const call = async (method, path, body) =>
  (
    await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  ).json()
const settings = await call('GET', '/v1/settings')
await call('PUT', '/v1/settings', { ...settings, globalHoldout: 0.1 })
await picture('impact', '/impact')
await call('PUT', '/v1/settings', { ...settings, globalHoldout: settings.globalHoldout })
const wait = (id, time) => ({ kind: 'wait', id, for: time })
const letter = subject => ({
  kind: 'message',
  id: 'hello',
  channel: 'email',
  content: { subject, html: '<p>{{ postalAddress }} <a href="{{ unsubscribeUrl }}">Unsubscribe</a></p>' },
})
const shown = journey => ({
  name: 'Spring news',
  trigger: { kind: 'now' },
  audience: { attribute: 'country', is: 'SE' },
  goals: [{ key: 'news', kind: 'education', journey }],
})
await call('PUT', '/v1/settings', { ...(await call('GET', '/v1/settings')), postalAddress: 'Main Street 1, Springfield' })
const made = await call('POST', '/v1/campaigns', shown([wait('pause', '2d'), letter('Spring is here')]))
await call('POST', `/v1/campaigns/${made.id}/launch`)
await page.waitForTimeout(6_000)
await call(
  'PUT',
  `/v1/campaigns/${made.id}`,
  shown([wait('pause', '1d'), letter('Spring is here, {{ customer.firstName }}'), wait('rest', '3d')]),
)
await picture('publish', `/campaigns/${made.id}`, async () => {
  await page.getByRole('button', { name: 'Review and publish' }).click()
  await page.locator('.step-diff').first().waitFor()
})
await call('POST', `/v1/campaigns/${made.id}/stop`)
await browser.close()
