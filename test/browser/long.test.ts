import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { chromiumPath, openBrowser, withoutBrowser } from './chromium.ts'

if (!chromiumPath) console.warn(`test/browser/long.test.ts is left out: ${withoutBrowser}`)
vi.setConfig({ testTimeout: 240_000 })
const patience = { timeout: 60_000 }
const many = 5_000

describe.skipIf(!chromiumPath)('the page over much', () => {
  let api: TestApi
  let url: string
  let browser: Browser
  let context: BrowserContext
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build-web.mjs'], { cwd: join(import.meta.dirname, '..', '..') })
    api = await testApi()
    url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    browser = await openBrowser()
    await api.call('POST', '/v1/batch', {
      batch: [
        { type: 'identify', userId: 'c-0000', traits: { firstName: 'Ada' } },
        {
          type: 'track',
          userId: 'c-0000',
          event: 'Read',
          messageId: 'first',
          properties: { n: 0 },
          timestamp: '2026-01-01T00:00:00Z',
        },
      ],
    })
    await api.db.run(sql`INSERT INTO customer (external_id, first_name, attributes, created_at, updated_at)
      SELECT 'c-' || to_char(n, 'FM0000'), 'Number ' || n, '{}', now(), now() FROM generate_series(1, ${many - 1}) n`)
    const batch = (from: number) =>
      Array.from({ length: 1_000 }, (_, i) => ({
        type: 'track',
        userId: 'c-0000',
        event: 'Read',
        messageId: `m-${from + i}`,
        properties: {
          n: from + i,
          note: (from + i) % 3 === 0 ? 'so much was written here that it takes more than one line on any screen there is' : 'x',
        },
        timestamp: new Date(Date.UTC(2026, 0, 1) + (from + i) * 60_000).toISOString(),
      }))
    for (let from = 1; from < many; from += 1_000)
      await api.call('POST', '/v1/batch', { batch: batch(from).slice(0, many - from) })
    await api.db.run(sql`INSERT INTO segment (key, name, rule, created_at, updated_at)
      SELECT 'seg-' || to_char(n, 'FM0000'), 'Segment ' || n, '{"all": []}', now(), now() FROM generate_series(1, 1200) n`)
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await api?.close()
  }, 60_000)

  const visit = async (view: { width: number; height: number }) => {
    context = await browser.newContext({ viewport: view, bypassCSP: true, reducedMotion: 'reduce', locale: 'en-GB' })
    context.setDefaultTimeout(60_000)
    await context.request.post(`${url}/v1/session`, { data: { key: api.ownerKey } })
    page = await context.newPage()
    page.on('pageerror', error => faults.push(error.message))
  }
  beforeEach(() => {
    faults.length = 0
  })
  afterEach(async () => {
    await context?.close()
  })
  const count = (selector: string) =>
    page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`) as Promise<number>
  const focused = () => page.evaluate('document.activeElement?.textContent ?? ""') as Promise<string>
  /** Presses End until the end is there: each time it is where the list ends so far. */
  const endOf = (last: string) =>
    expect
      .poll(
        async () => {
          await page.keyboard.press('End')
          return focused()
        },
        { timeout: 120_000, interval: 300 },
      )
      .toContain(last)

  describe.each([
    ['on a wide screen', { width: 1280, height: 900 }],
    ['on a phone', { width: 390, height: 844 }],
  ] as const)('%s', (_, view) => {
    test('a table of 5,000 rows holds those in sight, and the keyboard reaches the last', async () => {
      await visit(view)
      await page.goto(`${url}/customers`)
      await page.getByRole('link', { name: 'c-0000' }).focus()
      expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('-1')
      await endOf('c-4999')
      expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(many + 1))
      const row = page.getByRole('row').filter({ hasText: 'c-4999' })
      expect(await row.getAttribute('aria-rowindex')).toBe(String(many + 1))
      await row.waitFor({ state: 'visible' })
      expect(await count('[role=row]')).toBeLessThan(100)
      expect(await count('*')).toBeLessThan(1_500)
      await page.keyboard.press('ArrowUp')
      await expect.poll(focused, patience).toBe('c-4998')
      await page.keyboard.press('Home')
      await expect.poll(focused, patience).toBe('c-0000')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Ada' }).waitFor()
      expect(faults).toEqual([])
    })

    test('a feed of 5,000 entries of any height holds those in sight, says where each stands, and ends where it ends', async () => {
      await visit(view)
      await page.goto(`${url}/customers/c-0000`)
      const feed = page.getByRole('feed', { name: 'Timeline' })
      await feed.getByRole('article').first().focus()
      await page.keyboard.press('PageDown')
      await expect.poll(() => page.evaluate('document.activeElement.getAttribute("aria-posinset")'), patience).toBe('11')
      await endOf('n: 0')
      const last = feed.getByRole('article').filter({ hasText: 'n: 0' }).last()
      expect(await last.getAttribute('aria-setsize')).toBe(await last.getAttribute('aria-posinset'))
      expect(Number(await last.getAttribute('aria-posinset'))).toBeGreaterThanOrEqual(many)
      expect(await count('[role=article], article')).toBeLessThan(100)
      // None lies over another.
      const overlaps = `(boxes => boxes.filter((box, i) => i > 0 && box.top < boxes[i - 1].bottom - 1).length)(
        [...document.querySelectorAll('[role=feed] article')].map(each => each.getBoundingClientRect()).sort((a, b) => a.top - b.top))`
      await expect.poll(() => page.evaluate(overlaps), patience).toBe(0)
      await page.evaluate('window.scrollTo(0, 0)')
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as { violations: { id: string }[] }
      expect(violations.map(each => each.id)).toEqual([])
      expect(faults).toEqual([])
    })

    test('of 1,200 segments any is found: by the list’s end, by its search, and by the field that picks one', async () => {
      await visit(view)
      await page.goto(`${url}/segments`)
      await page.getByRole('link', { name: 'Segment 1', exact: true }).focus()
      await endOf('Segment 1200')
      expect(await count('[role=row]')).toBeLessThan(100)
      await page.getByRole('searchbox').fill('seg-0777')
      await page.getByRole('link', { name: 'Segment 777' }).waitFor()
      await expect.poll(() => count('.rows-row'), patience).toBe(1)
      await page.goto(`${url}/customers`)
      const pick = page.getByRole('combobox', { name: 'Segment' })
      await pick.click()
      await pick.fill('segment 1199')
      await page.getByRole('option', { name: 'Segment 1199' }).waitFor()
      await expect.poll(() => count('[role=option]'), patience).toBe(1)
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as { violations: { id: string }[] }
      expect(violations.map(each => each.id)).toEqual([])
      await page.keyboard.press('Enter')
      await page.waitForURL(/segment=seg-1199/)
      await expect.poll(() => pick.inputValue(), patience).toBe('Segment 1199')
      // By keyboard alone, beyond the first page of what is found.
      await pick.press('ArrowDown')
      await expect
        .poll(async () => {
          await pick.press('PageDown')
          return count('[role=option]')
        }, patience)
        .toBeGreaterThan(51)
      await pick.press('Escape')
      expect(await pick.inputValue()).toBe('Segment 1199')
      expect(faults).toEqual([])
    })

    test('tiers that are not saved outlive a reload, and what somebody else saved is not written over', async () => {
      await api.call('PUT', '/v1/loyalty/tiers', { tiers: [] })
      await visit(view)
      await page.goto(`${url}/rewards`)
      await page.getByText('Change the tiers').click()
      await page.getByRole('button', { name: 'Add a tier' }).click()
      await page.getByLabel('Name').fill('Gold')
      await page.reload()
      await expect.poll(() => page.getByLabel('Name').inputValue(), patience).toBe('Gold')
      await api.call('PUT', '/v1/loyalty/tiers', { tiers: [{ key: 'silver', name: 'Silver', fromPoints: 10 }] })
      await page.reload()
      await page.getByText('Somebody else has changed the tiers meanwhile').waitFor()
      expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Take theirs, discard mine' }).click()
      await page.getByText('Change the tiers').click()
      await expect.poll(() => page.getByLabel('Name').inputValue(), patience).toBe('Silver')
      await page.getByLabel('Name').fill('Silver plate')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByText('Saved', { exact: true }).waitFor()
      await page.reload()
      await page.getByRole('rowheader', { name: 'Silver plate' }).waitFor()
      expect(faults).toEqual([])
    })
  })

  test('an old tab: what it can no longer fetch makes it load anew, and a newer page is told of', async () => {
    await visit({ width: 1280, height: 900 })
    await page.route('**/v1/stream', route =>
      route.fulfill({ contentType: 'text/event-stream', body: 'event: page\ndata: "main-NEWER.js"\n\n' }),
    )
    await page.goto(url)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.getByText('There is a newer version of this page.').waitFor()
    let gone = 0
    await page.route('**/assets/segments-*.js', route =>
      gone++ === 0 ? route.fulfill({ status: 404, body: '' }) : route.continue(),
    )
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Segments' }).click()
    await page.getByRole('heading', { level: 1, name: 'Segments' }).waitFor()
    expect(gone).toBe(2)
    // A second time within the minute it is said instead, and the rest of the page stands.
    await page.route('**/assets/outbox-*.js', route => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('link', { name: 'Outbox' }).click()
    await page.getByText('This part of the page could not be fetched').waitFor()
    await page.getByRole('link', { name: 'Customers' }).click()
    await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor()
  })

  test('a session that ends says so, and who signs in again is where they were', async () => {
    await visit({ width: 1280, height: 900 })
    await page.goto(`${url}/segments/seg-0001`)
    await page.getByLabel('Name', { exact: true }).fill('Not saved yet')
    await context.clearCookies()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your session is over.').waitFor()
    await page.getByLabel('Key').fill(api.ownerKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue(), patience).toBe('Not saved yet')
    expect(new URL(page.url()).pathname).toBe('/segments/seg-0001')
  })
})
