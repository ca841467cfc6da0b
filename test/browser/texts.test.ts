import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { auditActions } from '../../domain/audit.ts'
import { refusalReasons } from '../../domain/message/may-send.ts'
import { en } from '../../web/texts/en.ts'
import { sv } from '../../web/texts/sv.ts'

const web = join(import.meta.dirname, '..', '..', 'web')
const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe('the catalogues of texts', () => {
  test('hold the same keys, and leave none empty', () => {
    expect(Object.keys(sv).toSorted()).toEqual(Object.keys(en).toSorted())
    expect(Object.entries(sv).filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('fill in the same places, in as many forms', () => {
    const faults = (Object.keys(en) as (keyof typeof en)[]).filter(key => {
      const english = en[key].split('|')
      const swedish = sv[key].split('|')
      const known = places(english.join()).concat(english.length > 1 ? '{n}' : [])
      // The number itself may be left out where the form says it ("den första raden").
      const wanted = known.filter(place => place !== '{n}' || english.length === 1)
      const fits = (form: string) =>
        wanted.every(place => form.includes(place)) && places(form).every(place => known.includes(place))
      return swedish.length !== english.length || ![...english, ...swedish].every(fits)
    })
    expect(faults).toEqual([])
  })

  test('say why a metric has no value, whatever the reason', () => {
    const root = join(web, '..')
    const reasons = ['domain/metric', 'domain/experiment'].flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.ts'))
        .flatMap(name =>
          [...readFileSync(join(root, folder, name), 'utf8').matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(match => match[1]!),
        ),
    )
    expect(reasons).toContain('no_renewals_due')
    expect([...new Set(reasons)].filter(reason => !(`undefined.${reason}` in en))).toEqual([])
  })

  test('say every action of the audit and every reason of a verdict, in words', () => {
    const codes = [...auditActions.map(action => `audit.did.${action}`), ...refusalReasons.map(reason => `reason.${reason}`)]
    expect(codes.filter(key => !(key in en && key in sv))).toEqual([])
    // Codes that are written anywhere, whatever the types hold.
    const written = ['api', 'activities', 'prisma/queries'].flatMap(folder =>
      readdirSync(join(web, '..', folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.ts'))
        .flatMap(name =>
          [...readFileSync(join(web, '..', folder, name), 'utf8').matchAll(/action: (?:made \? )?'(\w+\.\w+)'/g)].map(
            match => match[1]!,
          ),
        ),
    )
    expect(written.length).toBeGreaterThan(20)
    expect(written.filter(action => !(`audit.did.${action}` in en))).toEqual([])
  })

  test('are used: a text that the page never says is none', () => {
    const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter(
      name => /\.tsx?$/.test(name) && !name.startsWith('texts'),
    )
    const source = files.map(name => readFileSync(join(web, name), 'utf8')).join('\n')
    // A key may be put together: its last part, or its last two, then stand in a template.
    const put = [...source.matchAll(/`([\w.]+)\$\{/g)].map(match => match[1]!)
    const unused = Object.keys(en).filter(
      key => !source.includes(`'${key}'`) && !put.some(beginning => beginning.includes('.') && key.startsWith(beginning)),
    )
    expect(unused.filter(key => !/^next\..*Lead$/.test(key))).toEqual([])
  })
})
