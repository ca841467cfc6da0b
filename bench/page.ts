import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { BrowserContext } from 'playwright-core'
import { openBrowser } from '../test/browser/chromium.ts'
import { startAll } from '../test/browser/running.ts'

/**
 * How long the overview takes until it can be used, in Chromium on this machine, everything beside it as `npm start` leaves it: from the
 * start of the navigation to the moment its numbers stand there, the running campaign's too, nothing is still loading, and a click
 * would reach the link "Watch it live". Cold: a browser that has never been here; warm: the same browser again.
 *
 *   npx tsx bench/page.ts [LOADS]
 */
const loads = Number(process.argv[2] ?? 15)

// Runs in the page, from before its first script: looks each frame, and says when.
const watch = `
  const look = () => {
    const digits = element => /\\d/.test(element?.textContent ?? '')
    const link = [...document.querySelectorAll('article a')].find(a => a.getAttribute('href')?.endsWith('/live') && a.className === 'small')
    const box = link?.getBoundingClientRect()
    const ready = document.querySelector('main h1') && !document.querySelector('main .skeleton')
      && [...document.querySelectorAll('.stats .stat')].slice(0, 2).every(stat => digits(stat.querySelector('dd')))
      && digits(document.querySelector('.funnel dd')) && box
    const reached = ready && (box.top > innerHeight || document.elementFromPoint(box.left + 3, box.top + 3)?.closest('a') === link)
    if (reached) window.usableAfter = performance.now()
    else requestAnimationFrame(look)
  }
  if (location.protocol.startsWith('http')) requestAnimationFrame(look)
`

const all = await startAll()
const browser = await openBrowser()
try {
  const enter = async (): Promise<BrowserContext> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
    await context.addInitScript(watch)
    const answer = await context.request.post(`${all.url}/v1/session`, { data: { key: all.ownerKey } })
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()}`)
    return context
  }
  // What Chromium's processes have spent, in seconds: whatever else the machine is busy with.
  const system = await browser.newBrowserCDPSession()
  const cpu = async () => {
    const { processInfo } = await system.send('SystemInfo.getProcessInfo')
    return processInfo.reduce((sum, each) => sum + each.cpuTime, 0)
  }
  const load = async (context: BrowserContext) => {
    const page = await context.newPage()
    const before = await cpu()
    await page.goto(`${all.url}/`, { waitUntil: 'commit' })
    // The page's policy lets nothing be evaluated within it, so it is asked from without.
    for (const until = Date.now() + 60_000; (await page.evaluate('window.usableAfter')) === undefined; await sleep(20))
      if (Date.now() > until) throw new Error('the overview did not become usable within a minute')
    const seen = (await page.evaluate(`({
      usable: window.usableAfter,
      painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
      bytes: performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).reduce((sum, each) => sum + each.transferSize, 0),
    })`)) as { usable: number; painted: number; bytes: number }
    const spent = 1000 * ((await cpu()) - before)
    await page.close()
    return { ...seen, spent }
  }
  const first = await enter()
  await load(first)
  await first.close()

  const cold: Awaited<ReturnType<typeof load>>[] = []
  const warm: typeof cold = []
  for (let i = 0; i < loads; i++) {
    const context = await enter()
    cold.push(await load(context))
    warm.push(await load(context))
    await context.close()
  }
  const at = (list: typeof cold, key: keyof (typeof cold)[number], share: number) => {
    const sorted = list.map(each => each[key]).toSorted((a, b) => a - b)
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)
  }
  console.log(`\nThe machine meanwhile: ${loadavg()[0]?.toFixed(1)} waiting for ${cpus().length} cores.`)
  console.log(
    `\n| ${loads} loads of the overview, ms from navigation | first paint p50 | usable p50 | p90 | slowest | CPU of the browser p50 | kB over the wire |`,
  )
  console.log('|---|---:|---:|---:|---:|---:|---:|')
  for (const [name, list] of [
    ['cold cache', cold],
    ['warm cache', warm],
  ] as const)
    console.log(
      `| ${name} | ${at(list, 'painted', 0.5)} | ${at(list, 'usable', 0.5)} | ${at(list, 'usable', 0.9)} | ${at(list, 'usable', 1)} | ${at(list, 'spent', 0.5)} | ${Math.round(at(list, 'bytes', 0.5) / 1000)} |`,
    )
  const folder = join(import.meta.dirname, '..', 'dist', 'web')
  const files = JSON.parse(readFileSync(join(folder, 'first-load.json'), 'utf8')) as string[]
  const weight = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0)
  console.log(`\nFirst load: ${Math.round(weight / 1000)} kB gzip in ${files.length} files.`)
} finally {
  await browser.close()
  await all.stop()
}
