import { describe, expect, test } from 'vitest'
import { compileMjml } from '../../../domain/message/mjml.ts'

const letter = (inside: string, head = '') =>
  `<mjml>${head}<mj-body><mj-section><mj-column>${inside}</mj-column></mj-section></mj-body></mjml>`
const html = (source: string): string => {
  const compiled = compileMjml(source)
  if ('fault' in compiled) throw new Error(compiled.fault.message)
  return compiled.html
}
const fault = (source: string) => {
  const compiled = compileMjml(source)
  return 'fault' in compiled ? compiled.fault : undefined
}

describe('MJML becomes HTML for mail clients', () => {
  test('with tables, a head for Outlook, and every script as it was written', () => {
    const made = html(letter('<mj-text>שלום 🎉 Grüße</mj-text><mj-button href="https://shop.example/?a=1">Go</mj-button>'))
    expect(made).toMatch(/^<!doctype html>/)
    expect(made).toContain('<!--[if mso')
    expect(made).toContain('שלום 🎉 Grüße')
    expect(made).toContain('href="https://shop.example/?a=1"')
    expect(made).not.toContain('<mj-')
  })

  test.each([
    '{{ customer.firstName | default: "there" }}',
    '{% if customer.age > 18 and customer.age < 65 %}grown{% endif %}',
    '{{ customer.bio | default: "<b>none & nothing</b>" }}',
    '{%- assign x = "a > b" -%}{{ x }}',
    '{% comment %}<not><closed>{% endcomment %}',
  ])('and Liquid goes through it untouched: %s', liquid => {
    expect(html(letter(`<mj-text>${liquid}</mj-text>`))).toContain(liquid)
    expect(html(letter(`<mj-text>x</mj-text>${liquid}`))).toContain(liquid)
  })

  test('also in attributes, whatever quotes it uses', () => {
    const made = html(letter(`<mj-button href='{{ event.properties.url | default: "https://a.example" }}'>Go</mj-button>`))
    expect(made).toContain('{{ event.properties.url | default: "https://a.example" }}')
    expect(made).not.toContain('\\"')
  })

  test('attributes keep every character, however it is written', () => {
    const made = html(letter(`<mj-image src="a.png" alt="It's cafe\u0301 \\ ✌🏽 \u200fשלום"\n title='say "hi"' />`))
    expect(made).toContain(`alt="It's cafe\u0301 \\ ✌🏽 \u200fשלום"`)
    expect(made).toContain('title="say &quot;hi&quot;"')
  })

  test('a loop may repeat whole elements', () => {
    const made = html(letter('{% for item in customer.items %}<mj-text>{{ item.name }}</mj-text>{% endfor %}'))
    expect(made).toMatch(/<tbody>\s*\{% for item in customer\.items %\}\s*<tr>[\s\S]*<\/tr>\s*\{% endfor %\}/)
  })

  test('what mj-preview says is a preheader', () => {
    expect(html(letter('<mj-text>x</mj-text>', '<mj-head><mj-preview>Soon</mj-preview></mj-head>'))).toContain(
      '<div data-preheader style="display:none;',
    )
  })
})

describe('MJML that does not compile says where', () => {
  test.each([
    [
      'an element there is none of',
      '<mjml><mj-body>\n  <mj-sektion/></mj-body></mjml>',
      'there is no MJML element <mj-sektion> (line 2, column 3)',
    ],
    ['a tag that is never closed', '<mjml><mj-body><mj-section>', 'a tag is never closed'],
    ['a sign that is not XML', letter('<mj-text>3 < 4</mj-text>'), 'it is not well-formed'],
    ['no body', '<mjml></mjml>', 'the MJML has no <mj-body>'],
    ['no MJML at all', '<p>Hello</p>', 'the MJML has no <mj-body>'],
    ['something else around it', '<p><mj-body></mj-body></p>', 'this cannot stand here (line 1, column 1)'],
    ['a file of this machine', letter('<mj-include path="/etc/passwd" />'), 'mj-include has nothing to include from'],
  ])('%s', (_, source, message) => {
    expect(fault(source)).toMatchObject({
      code: 'mjmlSyntax',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    })
  })

  test.each([
    ['depth', `<mjml><mj-body>${'<mj-wrapper>'.repeat(5_000)}${'</mj-wrapper>'.repeat(5_000)}</mj-body></mjml>`],
    ['depth of HTML', letter(`<mj-text>${'<b>'.repeat(20_000)}${'</b>'.repeat(20_000)}</mj-text>`)],
    ['tags', letter('<mj-text>x</mj-text>'.repeat(8_000))],
    ['what it becomes', letter('<mj-text>x</mj-text>'.repeat(4_000))],
    ['tags that are never closed', '<mj-body '.repeat(50_000)],
  ])('has a limit of %s, and the compiler survives it', (_, source) => {
    expect(fault(source)).toBeDefined()
    expect(html(letter('<mj-text>still here</mj-text>'))).toContain('still here')
  })
})
