import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const rooms = ['domain', 'channels', 'prisma', 'activities', 'workflows', 'worker', 'api', 'web'] as const
type Room = (typeof rooms)[number]

/** What each room may import of the house; `types` of a room are free to take where its code is not. */
const may: Record<Room, { from: readonly Room[]; types?: readonly Room[] }> = {
  domain: { from: [] },
  channels: { from: ['domain'] },
  prisma: { from: ['domain'] },
  activities: { from: ['domain', 'prisma', 'channels'] },
  workflows: { from: ['domain'], types: ['activities'] },
  worker: { from: ['domain', 'prisma', 'channels', 'activities', 'workflows'] },
  // A simulation is the run's own code on another clock, so the API may drive the activities.
  api: { from: ['domain', 'prisma'], types: ['workflows', 'channels'] },
  web: { from: [], types: ['api', 'domain'] },
}

/** Exceptions, each with its reason. */
const doors: readonly { file: RegExp; to: Room; because: string }[] = [
  { file: /^api\/(routes\/)?webhook/, to: 'channels', because: 'a provider’s webhook is read by the provider’s adapter' },
  {
    file: /^api\/(routes\/)?settings-test-send/,
    to: 'channels',
    because: 'a test of a channel goes through its adapter itself, at once',
  },
  { file: /^api\/(routes\/)?simulat/, to: 'activities', because: 'a simulation runs the same code as the run' },
]

/** What may not be named in a room at all: purity is held by what cannot be reached. */
const forbidden: Partial<Record<Room, RegExp>> = {
  domain: /^(node:(?!crypto$|url$|util$)|pg$|fastify|@temporalio|@prisma|@sendgrid|twilio)/,
  workflows: /^(node:|pg$|fastify|@prisma|@sendgrid|twilio|@temporalio\/(client|worker|activity))/,
  channels: /^(pg$|fastify|@temporalio|@prisma)/,
  prisma: /^(fastify|@temporalio|@sendgrid|twilio)/,
  api: /^(@temporalio\/(worker|workflow|activity)|@sendgrid|twilio)/,
}

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' || entry.name === 'node_modules' ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })

interface Import {
  target: string
  typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^(import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)].map(match => ({
    target: match[3] ?? '',
    typeOnly: match[2] !== undefined || /^(import|export)\s*\{(\s*type\s[^,}]+,?)+\s*\}/.test(match[0]),
  }))
}

const roomOf = (path: string): Room | undefined => rooms.find(room => path.startsWith(`${room}/`))

function trespasses(room: Room): string[] {
  const found: string[] = []
  for (const file of sources(room)) {
    for (const { target, typeOnly } of importsOf(file)) {
      if (!target.startsWith('.')) {
        if (forbidden[room]?.test(target)) found.push(`${file} reaches for ${target}`)
        continue
      }
      const to = roomOf(relative(root, resolve(root, dirname(file), target)))
      if (!to || to === room || may[room].from.includes(to)) continue
      if (typeOnly && may[room].types?.includes(to)) continue
      if (doors.some(door => door.to === to && door.file.test(file))) continue
      found.push(`${file} imports ${target}${typeOnly ? ' (types)' : ''}`)
    }
  }
  return found
}

describe('the walls of the house', () => {
  test.each(rooms.filter(room => readdirSync(root).includes(room)))('%s imports only what it may', room => {
    expect(sources(room).length).toBeGreaterThan(0)
    expect(trespasses(room)).toEqual([])
  })

  test('the rules know no clock and no chance', () => {
    const guilty = sources('domain').filter(file =>
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\brandomUUID\(/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    )
    // A template is rendered under a limit of real time: that clock stops it, and decides nothing else.
    expect(guilty.filter(file => !file.startsWith('domain/message/'))).toEqual([])
  })

  test('SQL takes its time from the journey, never from the server', () => {
    const guilty = sources('prisma').filter(
      file =>
        file.includes('/queries/') &&
        /\b(now\(\)|current_timestamp|clock_timestamp\(\))/i.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(guilty).toEqual([])
  })

  test('what refuses says so by a sentence of the catalogue, but for engineers and where the words are somebody else’s', () => {
    // The types hold that it is a sentence; a text in one language can only come in as one that is “as written”.
    const engineers = ['api/routes/health.ts', 'api/routes/page.ts', 'api/server.ts', 'api/webhooks.ts']
    // Said in the reader's language already, the framework's, the compiler's or a workflow's own words, and no words at all.
    const others = ['api/planning.ts', 'api/problem.ts', 'api/temporal.ts', 'domain/errors.ts', 'domain/message/mjml.ts']
    const rooms = ['api', 'domain', 'activities', 'prisma'].flatMap(sources).filter(file => !file.startsWith('domain/texts/'))
    const text = (file: string) => readFileSync(join(root, file), 'utf8')
    expect(rooms.filter(file => /\basWritten\(/.test(text(file))).toSorted()).toEqual([...engineers, ...others].toSorted())
    // A string in the place of a sentence, even past the types.
    const plain =
      /\b(?:new PerennialError\(\s*[^,()]*,|unprocessable\(\s*[^,()]*,[^,()]*,|\bfault\(\s*(?:''|[`'][^'`]*[`']|[\w.]+),\s*['\w]+,)\s*['"`]/
    const lines = /^domain\/import\/(?!layout|beginning)/ // faults of lines name their text
    expect(rooms.filter(file => !lines.test(file) && plain.test(text(file)))).toEqual([])
    expect(
      rooms.filter(file => /() => ['"`]/.test(text(file)) && /new PerennialError\([^,]*, \(\) => ['"`]/.test(text(file))),
    ).toEqual([])
  })

  test('no file must be scrolled for minutes', () => {
    const long = rooms
      .filter(room => readdirSync(root).includes(room))
      .flatMap(sources)
      .filter(file => readFileSync(join(root, file), 'utf8').split('\n').length > 400)
    expect(long).toEqual([])
  })
})
