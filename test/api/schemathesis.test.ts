import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve as absolute, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examples } from '../../api/openapi-examples.ts'
import { type TestApi, testApi } from '../support/api.ts'

/** Where schemathesis is: SCHEMATHESIS, or `st` on the path. To have it: python3 -m venv v && v/bin/pip install schemathesis. */
const program = process.env.SCHEMATHESIS ? absolute(process.env.SCHEMATHESIS) : 'st'
const there = spawnSync(program, ['--version']).status === 0
if (!there)
  console.warn('test/api/schemathesis.test.ts is left out: pip install schemathesis in a venv, and SCHEMATHESIS=<venv>/bin/st')

/** Cases per operation; FUZZ=200 looks harder. */
const cases = process.env.FUZZ ?? '4'
const seed = process.env.SEED ?? '1'

describe.skipIf(!there)('schemathesis, against the OpenAPI document', () => {
  let api: TestApi
  let url: string
  let folder: string
  beforeAll(async () => {
    api = await testApi({ env: { POSTAL_ADDRESS: 'Main Street 1, Springfield' } })
    url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    folder = mkdtempSync(join(tmpdir(), 'perennial-fuzz-'))
    await api.db.pool.query(`INSERT INTO worker_heartbeat VALUES ('w', now() + interval '1 day')`)
    await api.call('POST', '/v1/batch', examples['POST /v1/batch'])
    await api.call('POST', '/v1/segments', examples['POST /v1/segments'])
    const draft = await api.call('POST', '/v1/campaigns', examples['POST /v1/campaigns'])
    const live = await api.call('POST', '/v1/campaigns', { ...(examples['POST /v1/campaigns'] as object), audience: { all: [] } })
    const { run } = (await api.call('POST', `/v1/campaigns/${live.body.id}/launch`)).body
    const { token } = (await api.call('POST', '/v1/customers/u_1001/inbox-token', { expiresIn: '24h' })).body
    // Ids that lead somewhere: among random ones nearly every request would end at 404.
    writeFileSync(
      join(folder, 'schemathesis.toml'),
      `[parameters]
externalId = ["u_1001", "nobody", "é /%"]
key = ["loyal", "none"]
metric = ["crr", "churn", "nDay", "survival", "repeatRate", "clv", "rfm", "cohorts", "nps"]
[[operations]]
include-path-regex = "^/v1/campaigns/"
parameters = { id = ["${draft.body.id}", "${live.body.id}", "cmp_9"] }
[[operations]]
include-path-regex = "^/v1/runs/"
parameters = { id = "${run}" }
[[operations]]
include-path-regex = "^/v1/inbox/"
headers = { Authorization = "Bearer ${token}" }
`,
    )
  }, 120_000)
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await api?.close()
  }, 60_000)

  test('finds no answer that is a server error, or that the document does not tell of', { timeout: 1_800_000 }, async () => {
    const args = [
      ...['--config-file', join(folder, 'schemathesis.toml'), 'run', `${url}/openapi.json`],
      ...['--header', `Authorization: Bearer ${api.ownerKey}`, '--request-timeout', '30'],
      ...['--checks', 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance'],
      // A stream never ends; its own tests read it.
      ...[
        '--exclude-path-regex',
        '/stream$',
        '--phases',
        process.env.FUZZ_PHASES ?? 'examples,fuzzing',
        '--max-examples',
        cases,
        '--seed',
        seed,
      ],
      ...['--continue-on-failure', '--suppress-health-check', 'all', '--warnings', 'off', '--no-shrink'],
      ...['--workers', '4'],
      ...(process.env.FUZZ_ONLY ? ['--include-path-regex', process.env.FUZZ_ONLY] : []),
    ]
    const { status, output } = await run(program, args, folder)
    expect(status, output).toBe(0)
  })
})

/** In a folder of its own, because it leaves things where it runs. */
function run(command: string, args: readonly string[], cwd: string): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: '1', COLUMNS: '160' } })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        output += chunk
        if (process.env.FUZZ_LOG) appendFileSync(process.env.FUZZ_LOG, chunk)
      })
    child.once('error', reject)
    child.once('exit', status => resolve({ status, output }))
  })
}
