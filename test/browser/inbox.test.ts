import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { keepInInbox } from '../../prisma/queries/stores.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { chromiumPath, openBrowser, withoutBrowser } from './chromium.ts'

if (!chromiumPath) console.warn(`test/browser/inbox.test.ts is left out: ${withoutBrowser}`)

describe.skipIf(!chromiumPath)('the inbox on somebody else’s page', () => {
  let api: TestApi
  let url: string
  let site: Server
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let customer = 0
  let tokens = 0
  let tokenLife = '1h'
  const faults: string[] = []

  beforeAll(async () => {
    api = await testApi()
    url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    browser = await openBrowser()
    // A shop of another origin, strict about what runs in it.
    site = createServer(async (request, response) => {
      if (request.url === '/token') {
        tokens++
        const answer = await api.call('POST', '/v1/customers/ada/inbox-token', { expiresIn: tokenLife })
        return response.end(answer.body.token)
      }
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', `default-src 'none'; script-src ${url} 'nonce-x'; connect-src 'self' ${url}`)
      response.end(`<!doctype html><html lang="en"><title>Shop</title><body><a id="before" href="#">before</a>
        <script src="${url}/inbox.js"></script>
        <script nonce="x">window.inbox = Perennial.inbox({ token: () => fetch('/token').then(answer => answer.text()) })</script></body></html>`)
    })
    await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    site?.closeAllConnections()
    site?.close()
    await api?.close()
  })

  beforeEach(async () => {
    tokenLife = '1h'
    tokens = 0
    faults.length = 0
    await api.db.run(sql`DELETE FROM customer`)
    await api.db.run(sql`DELETE FROM inbox`)
    await api.call('POST', '/v1/batch', { batch: [{ type: 'identify', userId: 'ada', traits: {} }] })
    customer = (await api.db.row<{ id: number }>(sql`SELECT id FROM customer`))?.id ?? 0
    context = await browser.newContext()
    page = await context.newPage()
    page.on('pageerror', error => faults.push(error.message))
    page.on('console', message => message.type() === 'error' && faults.push(message.text()))
  })
  afterEach(() => context.close())

  const put = async (content: object): Promise<string> => {
    const messageId = crypto.randomUUID()
    await keepInInbox(api.db, [{ messageId, to: String(customer), content, at: Date.now() }])
    return messageId
  }
  const visit = async () => {
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    await page.locator('perennial-inbox .bell').waitFor()
    // The stream is open when a token was fetched and the list is there.
    await page.waitForFunction(`document.querySelector('perennial-inbox')?.shadowRoot?.querySelector('li') !== null`)
  }
  const bell = () => page.getByRole('button', { name: /^Messages/ })
  const items = () => page.locator('perennial-inbox li[data-id]')
  const held = (id: string) =>
    api.db.row<{ seen: boolean; clicked: boolean; dismissed: boolean }>(
      sql`SELECT seen_at IS NOT NULL AS seen, clicked_at IS NOT NULL AS clicked, dismissed_at IS NOT NULL AS dismissed FROM inbox WHERE message = ${id}`,
    )

  test('shows how many are unread, lists them newest first, and opening them is seeing them', async () => {
    const ids = [await put({ title: 'First', body: 'one' }), await put({ title: 'Second', body: 'two' })]
    await visit()
    await page.getByRole('button', { name: 'Messages (2 unread)' }).waitFor()
    expect(await held(ids[0] ?? '')).toMatchObject({ seen: false })
    await bell().click()
    await items().nth(1).waitFor()
    expect(await items().locator('b').allTextContents()).toEqual(['Second', 'First'])
    await expect.poll(async () => (await Promise.all(ids.map(held))).every(row => row?.seen)).toBe(true)
    await expect.poll(() => bell().getAttribute('aria-label')).toBe('Messages')
    expect(faults).toEqual([])
  })

  test('brings what comes while the page is open, with a toast that is spoken', async () => {
    await visit()
    await expect.poll(() => tokens).toBe(1)
    await expect
      .poll(async () => {
        await put({ title: 'Fresh', body: '<img src=x onerror=alert(1)>' })
        return page.locator('perennial-inbox [role=status] .toast').count()
      })
      .toBe(1)
    expect(await page.locator('perennial-inbox [role=status]').textContent()).toContain('Fresh<img src=x onerror=alert(1)>')
    await page.locator('perennial-inbox .toast .t').click()
    expect(await items().count()).toBeGreaterThan(0)
    expect(await page.locator('perennial-inbox img').count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('is worked by keyboard alone: open, walk, follow, dismiss, close', async () => {
    const ids = [
      await put({ title: 'Last', body: 'x' }),
      await put({ title: 'Middle', body: 'x' }),
      await put({ title: 'Newest', body: 'x', action: '#sale', actionLabel: 'To the sale' }),
    ]
    await visit()
    await page.locator('#before').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const focused = () =>
      page.evaluate(
        `(active => active?.querySelector('b')?.textContent ?? active?.getAttribute('aria-label') ?? null)(document.querySelector('perennial-inbox').shadowRoot.activeElement)`,
      )
    await expect.poll(focused).toBe('Newest')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('location.hash')).toBe('#sale')
    await expect.poll(() => held(ids[2] ?? '')).toMatchObject({ clicked: true })
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('Middle')
    await page.keyboard.press('Delete')
    expect(await focused()).toBe('Last')
    await expect.poll(() => held(ids[1] ?? '')).toMatchObject({ dismissed: true })
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toBe('Newest')
    await page.keyboard.press('Escape')
    expect(await page.locator('perennial-inbox .panel').isVisible()).toBe(false)
    expect(await focused()).toBe('Messages')
    expect(faults).toEqual([])
  })

  test('follows no address that runs', async () => {
    await put({ title: 'Bad', body: 'x', action: 'javascript:alert(1)' })
    await visit()
    await bell().click()
    await items().first().waitFor()
    expect(await page.locator('perennial-inbox a.go').count()).toBe(0)
  })

  test('writes each text in its own direction', async () => {
    await put({ title: 'שלום 👋🏽', body: 'مرحبا' })
    await visit()
    await bell().click()
    const title = items().first().locator('b')
    await title.waitFor()
    expect(
      await page.evaluate(
        `getComputedStyle(document.querySelector('perennial-inbox').shadowRoot.querySelector('li b')).direction`,
      ),
    ).toBe('rtl')
    expect(await title.textContent()).toBe('שלום 👋🏽')
  })

  test('fetches a new token when the old one is over, and catches up', async () => {
    tokenLife = '2s'
    await visit()
    await new Promise(resolve => setTimeout(resolve, 2_500))
    tokenLife = '1h'
    await put({ title: 'While away', body: 'x' })
    await bell().click()
    await page.evaluate('inbox.refresh()')
    await expect.poll(() => items().locator('b').allTextContents()).toEqual(['While away'])
    expect(tokens).toBeGreaterThan(1)
  })

  test('leaves nothing behind when it is closed', async () => {
    await visit()
    await page.evaluate('inbox.close()')
    expect(await page.locator('perennial-inbox').count()).toBe(0)
    await expect
      .poll(
        async () =>
          (
            await api.db.pool.query(
              `SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN inbox' AND datname = current_database()`,
            )
          ).rowCount,
      )
      .toBe(0)
    expect(faults).toEqual([])
  })
})
