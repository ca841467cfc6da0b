import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fill } from '../../../domain/message/letter.ts'
import { stopNotice, withStopNotice } from '../../../domain/message/stop-notice.ts'
import { compileLetter } from '../../../domain/message/template.ts'
import { linkName, track, trackedLinks } from '../../../domain/message/tracking.ts'

const tracking = { publicUrl: 'https://us.example', opens: true, clicks: true }
const scope = {
  customer: { firstName: 'Ada' },
  campaign: { name: 'x' },
  at: 0,
  clickToken: 'TOKEN',
  unsubscribeUrl: 'https://us.example/u/x',
}
const render = (html: string, how: Partial<typeof tracking> = {}) => {
  const compiled = track(compileLetter('email', { subject: 'Hi', html }), { ...tracking, ...how })
  const rendered = compiled.values(scope)
  if (!rendered.ok) throw new Error('no rendering')
  return {
    html: fill(compiled.letter.fields.html ?? [], rendered.values),
    text: fill(compiled.letter.fields.text ?? [], rendered.values),
  }
}

describe('the links of a letter', () => {
  test('lead through us where they are the same for everybody, and are found again by their names', () => {
    const source = '<p><a class="b" href="https://a.example/?x=1&amp;y=2">A</a> <A HREF=\'http://b.example\'>B</A></p>'
    const { html, text } = render(source)
    const links = trackedLinks(source)
    expect([...links.values()]).toEqual(['https://a.example/?x=1&y=2', 'http://b.example'])
    for (const name of links.keys()) expect(html).toContain(`="https://us.example/c/TOKEN.${name}"`)
    expect(html).not.toContain('a.example')
    expect(text).toContain('https://a.example/?x=1&y=2')
    expect(html).toMatch(/<img src="https:\/\/us\.example\/c\/TOKEN\.gif"[^>]*>$/)
  })

  test('stay as they are where they are a person’s own, lead out of a letter, or are no links', () => {
    const source =
      '<link href="https://a.example/x.css"><a href="{{ unsubscribeUrl }}">1</a><a href="https://a.example/{{ customer.firstName }}">2</a><a href="mailto:a@b.example">3</a><img src="https://a.example/x.png">'
    const { html } = render(source, { opens: false })
    expect(html).toBe(source.replace('{{ unsubscribeUrl }}', 'https://us.example/u/x').replace('{{ customer.firstName }}', 'Ada'))
    expect(trackedLinks(source).size).toBe(0)
  })

  test('leave the letter as it is where nobody asks', () => {
    const compiled = compileLetter('email', { subject: 'Hi', html: '<a href="https://a.example">A</a>' })
    expect(track(compiled, { ...tracking, opens: false, clicks: false })).toBe(compiled)
  })

  test('put the picture inside the body, and every sent name is one that is found again', () =>
    fc.assert(
      fc.property(fc.array(fc.webUrl({ withQueryParameters: true }), { maxLength: 5 }), urls => {
        const source = `<html><body>${urls.map(url => `<a href="${url.replaceAll('&', '&amp;')}">x</a>`).join(' ')}</body></html>`
        const { html } = render(source)
        const sent = [...html.matchAll(/TOKEN\.([\w-]{10})"/g)].map(match => match[1])
        const links = trackedLinks(source)
        for (const name of sent) expect(links.has(name!)).toBe(true)
        for (const [name, url] of links) expect(linkName(url)).toBe(name)
        expect(html.endsWith('</body></html>')).toBe(true)
      }),
      { numRuns: 50 },
    ))
})

describe('how to end an SMS', () => {
  const render = (body: string, notice?: string) => {
    const compiled = withStopNotice(compileLetter('sms', { body }))
    const rendered = compiled.values({ ...scope, ...(notice ? { stopNotice: notice } : {}) })
    return rendered.ok ? fill(compiled.letter.fields.body ?? [], rendered.values) : undefined
  }
  test('stands beneath the text where it shall', () => {
    expect(render('Hi {{ customer.firstName }}', stopNotice('de-AT'))).toBe('Hi Ada\nAbmelden: STOPP antworten')
    expect(render('Hi {{ customer.firstName }}')).toBe('Hi Ada')
    expect(stopNotice(null)).toBe('Reply STOP to opt out')
  })
  test('is not said twice, nor beneath a text that has no room for it', () => {
    expect(render('Sale. Stop: reply STOP', stopNotice('en'))).toBe('Sale. Stop: reply STOP')
    expect(render('x'.repeat(1_600), stopNotice('en'))).toBe('x'.repeat(1_600))
  })
})
