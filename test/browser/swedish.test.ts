import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { textsIn } from '../../domain/texts/texts.ts'
import { en } from '../../web/texts/en.ts'
import { sv } from '../../web/texts/sv.ts'
import { chromiumPath, openBrowser, withoutBrowser } from './chromium.ts'
import { type Running, startAll } from './running.ts'

if (!chromiumPath) console.warn(`test/browser/swedish.test.ts is left out: ${withoutBrowser}`)
vi.setConfig({ testTimeout: 600_000 })

/** Every constant text of a catalogue of the server. */
const constants = (part: object): string[] =>
  Object.values(part).flatMap(value =>
    typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? constants(value) : [],
  )

/** Sentences long enough to be nothing but English; those with facts by their beginning. */
const sentences = [...Object.values(en).flatMap(text => text.split('|')), ...constants(textsIn.en)]
  .flatMap(text => text.split(/\{+ ?\w+.*/s)[0]?.trim() ?? [])
  .filter(text => text.length >= 14 && text.includes(' '))
const swedish = new Set([...Object.values(sv), ...constants(textsIn.sv)])
const english = [...new Set(sentences)].filter(text => ![...swedish].some(other => other.includes(text)))

/** Words of English sentences that are no Swedish ones. */
// “Until” is in the sample's own letters.
const words = /\b(the|this|there|with|has been|were|does|customers who)\b/i

describe.skipIf(!chromiumPath)('a Swedish reader', () => {
  let all: Running
  let browser: Browser
  const ask = <Answer>(path: string, method = 'GET', body?: unknown) =>
    fetch(all.url + path, {
      method,
      headers: { authorization: `Bearer ${all.ownerKey}`, 'accept-language': 'sv', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).then(answer => answer.json() as Promise<Answer>)

  beforeAll(async () => {
    ;[all, browser] = await Promise.all([startAll(), openBrowser()])
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await all?.stop()
  }, 60_000)

  const visit = async (width: number): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      bypassCSP: true,
      reducedMotion: 'reduce',
      locale: 'sv-SE',
    })
    context.setDefaultTimeout(60_000)
    const page = await context.newPage()
    await page.goto(all.link)
    await page.getByRole('heading', { level: 1, name: sv['nav.overview'] }).waitFor()
    return page
  }
  const seen = async (page: Page, path: string, width: number) => {
    await page.goto(all.url + path)
    await page.getByRole('heading').first().waitFor()
    await page.waitForLoadState('load')
    await page.waitForFunction(`!document.querySelector('.skeleton')`, undefined, { timeout: 10_000 }).catch(() => {})
    await page.waitForTimeout(300)
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${path.replaceAll(/\W+/g, '-')}-${width}.png`), fullPage: true })
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not read
    return await page.locator('body').innerText()
  }

  test.each([1280, 390])('finds no English sentence on any page, %i pixels wide', async width => {
    const { data: campaigns } = await ask<{ data: { id: string; name: string }[] }>('/v1/campaigns?limit=50')
    const carts = campaigns.find(each => /carts/.test(each.name))?.id ?? ''
    const { data: segments } = await ask<{ data: { key: string }[] }>('/v1/segments')
    const { data: customers } = await ask<{ data: { externalId: string }[] }>('/v1/customers?limit=1')
    await ask(`/v1/campaigns/${carts}/review`, 'POST', {})
    const page = await visit(width)
    const paths = [
      '/',
      '/campaigns',
      `/campaigns/${carts}`,
      `/campaigns/${carts}/results`,
      '/campaigns?new',
      ...['/live', '/simulate', '/messages', '/people'].map(tab => `/campaigns/${carts}${tab}`),
      '/segments',
      `/segments/${segments[0]?.key}`,
      '/customers',
      `/customers/${customers[0]?.externalId}`,
      '/retention',
      '/outbox',
      '/imports',
      '/uncertain',
      '/tasks',
      '/rewards',
      '/impact',
      ...['', '/channels', '/suppressions', '/team', '/keys', '/audit'].map(tab => `/settings${tab}`),
    ]
    const found: string[] = []
    for (const path of paths) {
      const text = await seen(page, path, width)
      expect(text.length, path).toBeGreaterThan(100)
      for (const sentence of english) if (text.includes(sentence)) found.push(`${path}: ${sentence}`)
      // What customers and campaigns are called, and what letters say, is their own.
      if (!/outbox|campaigns(\?new|\/cmp_\w+$)/.test(path))
        for (const line of text.split('\n')) if (words.test(line) && !/sample|carts/i.test(line)) found.push(`${path}: ${line}`)
    }
    expect(found).toEqual([])
    await page.context().close()
  })

  test('reads the decision of a campaign and why, in one Swedish sentence', async () => {
    const { data: campaigns } = await ask<{ data: { id: string; name: string }[] }>('/v1/campaigns?limit=50')
    const carts = campaigns.find(each => /carts/.test(each.name))?.id ?? ''
    const { decision } = await ask<{ decision: { because: string } }>(`/v1/campaigns/${carts}/results`)
    const page = await visit(1280)
    await page.goto(`${all.url}/campaigns/${carts}/results`)
    // Numbers move meanwhile: the sentence is the same up to the first of them.
    const beginning = decision.because.split(/\d/)[0]!.trim()
    expect(decision.because).not.toMatch(words)
    expect(beginning.length).toBeGreaterThan(3)
    await page.getByText(beginning, { exact: false }).first().waitFor()
    await page.context().close()
  })
})
