import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fill } from '../../../domain/message/letter.ts'
import { sealLink, unsealLink } from '../../../domain/message/link-seal.ts'
import { shorten } from '../../../domain/message/short-links.ts'
import { smsSegments } from '../../../domain/message/sms-segments.ts'
import { stopNotice, withStopNotice } from '../../../domain/message/stop-notice.ts'
import { compileLetter } from '../../../domain/message/template.ts'
import { linkName, track, trackedLinks } from '../../../domain/message/tracking.ts'

const secretKey = 'a secret of the tests'
const tracking = { publicUrl: 'https://us.example', secretKey, opens: true, clicks: true }
const scope = {
  customer: {
    firstName: 'Ada',
    odd: '& "å" <b>',
    page: 'https://å.example/søk?q=😀&r=1',
    products: [
      { id: 1, name: 'Café' },
      { id: 2, name: 'B & C' },
    ],
  },
  campaign: { name: 'x' },
  at: 0,
  clickToken: 'TOKEN',
  unsubscribeUrl: 'https://us.example/u/x',
}
const linksIn = (html: string) => trackedLinks(compileLetter('email', { subject: 'Hi', html }).letter)
const render = (html: string, how: Partial<typeof tracking> = {}, customer: object = {}) => {
  const compiled = track(compileLetter('email', { subject: 'Hi', html }), { ...tracking, ...how })
  const rendered = compiled.values({ ...scope, customer: { ...scope.customer, ...customer } })
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
    const links = linksIn(source)
    expect([...links.values()]).toEqual(['https://a.example/?x=1&y=2', 'http://b.example'])
    for (const name of links.keys()) expect(html).toContain(`https://us.example/c/TOKEN.${name}`)
    expect(html).not.toContain('a.example')
    expect(text).toContain('https://a.example/?x=1&y=2')
    expect(html).toMatch(/<img src="https:\/\/us\.example\/c\/TOKEN\.gif"[^>]*>$/)
  })

  test('stay as they are where they lead out of a letter, are our own, or are no links', () => {
    const source =
      '<link href="https://a.example/x.css"><a href="{{ unsubscribeUrl }}">1</a><a href="mailto:{{ customer.firstName }}@b.example">3</a><a data-href="https://a.example/d">4</a><img src="https://a.example/x.png">'
    const { html } = render(source, { opens: false })
    expect(html).toBe(source.replace('{{ unsubscribeUrl }}', 'https://us.example/u/x').replace('{{ customer.firstName }}', 'Ada'))
    expect(linksIn(source).size).toBe(0)
  })

  const opened = (html: string) =>
    [...html.matchAll(/href=["']https:\/\/us\.example\/c\/TOKEN\.([^"']+)["']/g)].map(([, name = '']) =>
      unsealLink(secretKey, 'TOKEN', name),
    )

  test.each<[string, string, string[]]>([
    ['in its path', '<a href="https://a.example/of/{{ customer.firstName }}">x</a>', ['https://a.example/of/Ada']],
    [
      'in its query, encoded and beside an entity',
      '<a class="{{ customer.firstName }}" href="https://a.example/?n={{ customer.odd | url_encode }}&amp;x=1#å">x</a>',
      ['https://a.example/?n=%26+%22%C3%A5%22+%3Cb%3E&x=1#å'],
    ],
    ['that were not encoded', "<a href='https://a.example/?n={{ customer.odd }}'>x</a>", ['https://a.example/?n=& "å" <b>']],
    ['that are all of it', '<a href="{{ customer.page }}">x</a>', ['https://å.example/søk?q=😀&r=1']],
    [
      'beside another link',
      '<a href="https://s.example">s</a><a href="{{ customer.page }}">x</a>',
      ['https://å.example/søk?q=😀&r=1'],
    ],
    [
      'in a loop',
      '{% for p in customer.products %}<p>{{ p.name }} <a href="https://a.example/p/{{ p.id }}?a=1&amp;b={{ p.name | url_encode }}">x</a></p>{% endfor %}',
      ['https://a.example/p/1?a=1&b=Caf%C3%A9', 'https://a.example/p/2?a=1&b=B+%26+C'],
    ],
    [
      'behind a condition',
      '<a href="{% if customer.firstName %}https://y.example/{% else %}https://n.example/{% endif %}">x</a>',
      ['https://y.example/'],
    ],
  ])('lead through us with a person’s own parts %s, and survive exactly', (_, source, urls) => {
    const { html, text } = render(source)
    expect(opened(html).filter(url => url !== undefined)).toEqual(urls)
    expect(html).not.toContain('a.example')
    expect(text).not.toContain('/c/')
  })

  test('are never made of what is no web address, whatever a profile holds', () => {
    for (const page of [
      'javascript:alert(1)',
      'data:text/html,x',
      '//evil.example',
      'ftp://a.example',
      'https://',
      `https://a.example/${'x'.repeat(2_000)}`,
    ]) {
      const { html } = render('<a href="{{ customer.page }}">x</a>', {}, { page })
      expect(html).not.toContain('us.example/c/TOKEN.e')
      expect(opened(html)).toEqual([])
    }
  })

  test('open for their own message alone, and not when altered', () => {
    const sealed = sealLink(secretKey, 'TOKEN', 'https://a.example/?mail=ada@mail.example')
    expect(sealed).toBe(sealLink(secretKey, 'TOKEN', 'https://a.example/?mail=ada@mail.example'))
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('ada')
    expect(unsealLink(secretKey, 'OTHER', sealed)).toBeUndefined()
    expect(unsealLink('another key', 'TOKEN', sealed)).toBeUndefined()
    for (let i = 0; i < sealed.length; i++) {
      const altered = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`
      expect(unsealLink(secretKey, 'TOKEN', altered)).toBeUndefined()
    }
    for (const nothing of ['', 'gif', 'AAAAAAAAAA', '..', 'å']) expect(unsealLink(secretKey, 'TOKEN', nothing)).toBeUndefined()
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
        const links = linksIn(source)
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

describe('the links of an SMS', () => {
  const copy = (body: string, clickToken = 'TOKEN') => {
    const compiled = shorten(compileLetter('sms', { body }), tracking)
    const rendered = compiled.values({ ...scope, clickToken })
    if (!rendered.ok) throw new Error('no rendering')
    return { text: fill(compiled.letter.fields.body ?? [], rendered.values), links: rendered.links ?? [] }
  }

  test.each([
    ['Sale: https://a.example/sale.', 'https://a.example/sale', 'Sale: <>.'],
    [
      'Yours (https://a.example/of/{{ customer.firstName }}?n={{ customer.odd | url_encode }}), now!',
      'https://a.example/of/Ada?n=%26+%22%C3%A5%22+%3Cb%3E',
      'Yours (<>), now!',
    ],
    ['{{ customer.page }}…', 'https://å.example/søk?q=😀&r=1', '<>…'],
    ['https://a.example/wiki/Stop_(word) 👋', 'https://a.example/wiki/Stop_(word)', '<> 👋'],
  ])('in %s are short, and lead to %s', (body, url, text) => {
    const made = copy(body)
    expect(made.links).toEqual([{ url, code: expect.stringMatching(/^[\w-]{11}$/) }])
    expect(made.text).toBe(text.replace('<>', `https://us.example/c/${made.links[0]?.code}`))
  })

  test('are the same each time a copy is made, others for others, and one for an address that comes twice', () => {
    const body = 'https://a.example/1 https://a.example/2 https://a.example/1'
    expect(copy(body)).toEqual(copy(body))
    expect(copy(body).links).toHaveLength(2)
    const codes = [...copy(body).links, ...copy(body, 'OTHER').links].map(link => link.code)
    expect(new Set(codes).size).toBe(4)
  })

  test('make a text cheaper, and leave our own and what is none', () => {
    const long = `Sale {{ customer.page }}/${'x'.repeat(150)}`
    expect(smsSegments(copy(long).text).segments).toBe(1)
    expect(copy('https://us.example/u/abc http:// shop.example').links).toEqual([])
  })
})
