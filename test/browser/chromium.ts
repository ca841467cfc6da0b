import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Chromium as Debian installs it, or where CHROMIUM says; undefined where there is none. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(path => path !== undefined && path !== '' && existsSync(path))

/** Why tests in a browser are left out: spoken, so that nobody takes them for passed. */
export const withoutBrowser = 'no browser here: apt-get install chromium, or set CHROMIUM to one'

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
