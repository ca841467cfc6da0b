import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { variableNames } from '../domain/variables.ts'
import { openWhole, type Whole } from './support/whole.ts'

const root = dirname(import.meta.dirname)
const readme = readFileSync(join(root, 'README.md'), 'utf8')
/** The README's blocks that say they can be run. */
const blocks = [...readme.matchAll(/```sh run\n([\s\S]*?)```/g)].map(match => match[1] ?? '')

let whole: Whole
beforeAll(async () => {
  whole = await openWhole()
}, 60_000)
afterAll(() => whole?.close())

const bash = (script: string) =>
  new Promise<{ code: number | null; output: string }>(resolve => {
    const child = spawn('bash', ['-eu', '-c', script], {
      cwd: root,
      env: { ...process.env, URL: whole.url, KEY: whole.key },
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', part => (output += part))
    child.stderr.setEncoding('utf8').on('data', part => (output += part))
    child.once('close', code => resolve({ code, output }))
  })

describe('the README', () => {
  test('leads to a first campaign, word for word', { timeout: 120_000 }, async () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4)
    const { code, output } = await bash(blocks.join('\n'))
    expect(code, output).toBe(0)
    expect(output).toContain('"count":1958')
    expect(output).toContain('"ok":true')
    expect(output).toContain('We miss you')
    expect(output).toContain('"enrolled":1958')
    expect(output).toContain('"kind":"audience"')
    expect(output).toContain('"decision"')
    await whole.until('the letters are out', async () => whole.sendgrid.count > 1_700)
  })

  test('points only to files that exist', () => {
    for (const name of ['README.md', 'ARCHITECTURE.md']) {
      const text = readFileSync(join(root, name), 'utf8')
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(match => match[1] ?? '')
      expect(links.filter(link => !existsSync(join(root, link)))).toEqual([])
    }
  })

  test('and ARCHITECTURE.md name only files that exist', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    const named = [
      ...text.matchAll(/`((?:domain|channels|prisma|activities|workflows|worker|api|web|test|bench|docs)\/[\w./-]+\.\w+)`/g),
    ].map(match => match[1] ?? '')
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter(path => !existsSync(join(root, path)))).toEqual([])
  })
})

test('docs/operating.md lists every variable of the environment', () => {
  const text = readFileSync(join(root, 'docs', 'operating.md'), 'utf8')
  expect(variableNames.filter(name => !text.includes(`\`${name}\``))).toEqual([])
})
