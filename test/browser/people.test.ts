import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messageToken } from '../../domain/message/token.ts'
import { sql } from '../../domain/sql.ts'
import { type TestApi, testApi } from '../support/api.ts'
import { type Journeys, openJourneys, publicUrl, secretKey } from '../support/journey.ts'
import { chromiumPath, openBrowser, withoutBrowser } from './chromium.ts'

if (!chromiumPath) console.warn(`test/browser/people.test.ts is left out: ${withoutBrowser}`)

const at = Date.UTC(2026, 2, 2, 12)
const people = { en: 'en-GB', sv: 'sv-SE', da: 'da-DK', de: 'de-AT', fr: 'fr-FR', es: 'es-MX' } as const
const languages = Object.keys(people) as (keyof typeof people)[]
const headings = {
  en: 'Unsubscribe',
  sv: 'Avsluta',
  da: 'Afmeld',
  de: 'Abmelden',
  fr: 'Se désabonner',
  es: 'Darse de baja',
}

describe.skipIf(!chromiumPath)('the pages behind the links of a letter', () => {
  let journeys: Journeys
  let api: TestApi
  let url: string
  let browser: Browser
  const ids = new Map<string, string>()

  beforeAll(async () => {
    journeys = await openJourneys()
    api = await testApi({ db: journeys.db, secretKey, env: { PUBLIC_URL: publicUrl } })
    url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    browser = await openBrowser()
    const { version: _, ...standing } = (await api.call('GET', '/v1/settings')).body
    await api.call('PUT', '/v1/settings', {
      ...standing,
      topics: [{ key: 'tips', name: 'Tips & tricks, which may be a long name' }],
    })
    for (const [language, locale] of Object.entries(people))
      await journeys.receive(at, {
        type: 'identify',
        userId: language,
        // What a profile calls a language counts too.
        traits: {
          email: `${language}@mail.example`,
          phone: '+46701740605',
          ...(language === 'da' ? { language: 'da' } : { locale }),
        },
      })
    await journeys.receive(at, { type: 'identify', userId: 'nobody', traits: { email: 'nobody@mail.example' } })
    const { run } = await journeys.launch(
      {
        name: 'Survey',
        trigger: { kind: 'now' },
        goals: [{ key: 'g', kind: 'feedback', journey: [{ kind: 'survey', survey: 'nps', channel: 'email' }] }],
      },
      at,
    )
    await journeys.play(run, at, at + 60_000)
    for (const row of await journeys.db.rows<{ who: string; id: string }>(
      sql`SELECT c.external_id AS who, m.id FROM message m JOIN customer c ON c.id = m.customer`,
    ))
      ids.set(row.who, row.id)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await api?.close()
    await journeys?.close()
  })

  const link = (use: 'unsubscribe' | 'preferences' | 'survey', who: string) =>
    `${url}/${{ unsubscribe: 'u', preferences: 'preferences', survey: 's' }[use]}/${messageToken(secretKey, use, ids.get(who) ?? '')}`

  test.each(languages)(
    'speak %s to who reads it, and no page has an axe finding, wide and light, narrow and dark',
    async language => {
      const found: string[] = []
      for (const view of [
        { width: 1280, height: 800, dark: false },
        { width: 320, height: 640, dark: true },
      ]) {
        const context = await browser.newContext({
          viewport: { width: view.width, height: view.height },
          colorScheme: view.dark ? 'dark' : 'light',
          // Another language than the profile's: the person's own counts.
          locale: language === 'fr' ? 'sv-SE' : 'fr-FR',
          bypassCSP: true,
        })
        const page = await context.newPage()
        const look = async (what: string) => {
          expect(await page.evaluate('document.documentElement.lang')).toBe(language)
          await page.evaluate(axe.source)
          const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'] })`)) as {
            violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
          }
          for (const { id, nodes } of violations)
            found.push(`${what} at ${view.width}: ${id} ${nodes[0]?.target} ${nodes[0]?.failureSummary}`)
          if ((await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')) as boolean)
            found.push(`${what} at ${view.width}: wider than the window`)
        }
        await page.goto(link('unsubscribe', language))
        await page.getByRole('heading', { level: 1, name: headings[language] }).waitFor()
        await look('unsubscribe')
        await page.getByRole('button').click()
        await page.getByRole('status').waitFor()
        await look('unsubscribed')
        await page.getByRole('link').click()
        await page.getByRole('checkbox').first().waitFor()
        await look('preferences')
        await page.getByRole('checkbox').first().check()
        await page.getByRole('button').click()
        await page.getByRole('status').waitFor()
        await look('saved')
        expect(await page.getByRole('checkbox').first().isChecked()).toBe(true)
        await page.goto(`${link('survey', language)}?score=9`)
        if (!view.dark) {
          await page.getByRole('radio', { name: '9' }).waitFor()
          expect(await page.getByRole('radio', { name: '9' }).isChecked()).toBe(true)
          await look('survey')
          await page.getByRole('textbox').fill('Snabbt & trevligt 😀')
          await page.getByRole('button').click()
        }
        await page.getByRole('status').waitFor()
        await look('thanks')
        await context.close()
      }
      expect(found).toEqual([])
    },
    120_000,
  )

  test('speak the language of the browser to whose profile tells none, and to strangers', async () => {
    const context = await browser.newContext({ locale: 'de-DE' })
    const page = await context.newPage()
    await page.goto(link('unsubscribe', 'nobody'))
    await page.getByRole('heading', { name: headings.de }).waitFor()
    await page.goto(`${url}/u/nobody`)
    await page.getByRole('heading', { name: 'Dieser Link funktioniert nicht' }).waitFor()
    await page.goto(`${url}/s/nobody`)
    await page.getByRole('heading', { name: 'Dieser Link funktioniert nicht' }).waitFor()
    await context.close()
  })

  test('change nothing for a survey without a score, and say what is missing', async () => {
    const answer = await fetch(link('survey', 'nobody'), {
      method: 'POST',
      headers: { accept: 'text/html', 'accept-language': 'es', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'score=&comment=x',
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('<p role="alert">Elija un número.</p>')
    expect(await journeys.db.row(sql`SELECT 1 FROM survey_answer WHERE message = ${ids.get('nobody') ?? ''}`)).toBeUndefined()
  })
})
