import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConnectedConfig } from '../domain/config.ts'
import { variableNames } from '../domain/variables.ts'

interface Service {
  image?: string
  build?: string
  command?: string[] | string
  entrypoint?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  volumes?: string[]
  ports?: string[]
  restart?: string
  deploy?: { replicas: number }
}

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}
const all = Object.entries(services)
const ours = all.filter(([, service]) => service.build)
const once = all.filter(([, service]) => service.restart?.startsWith('on-failure')).map(([name]) => name)

/** What compose makes of ${NAME}, ${NAME:-default} and ${NAME:?message}. */
const interpolate = (value: string, env: Record<string, string>): string =>
  value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    if (env[name]) return env[name]
    if (kind === '?') throw new Error(`${name}: ${rest}`)
    return kind === '-' ? rest! : ''
  })
const given = {
  POSTGRES_PASSWORD: 'p4ssw0rd',
  API_KEY: 'key',
  SECRET_KEY: 's'.repeat(32),
  PUBLIC_URL: 'https://mail.shop.example',
}
const environmentOf = (name: string, env: Record<string, string> = given) =>
  Object.fromEntries(Object.entries(services[name]!.environment!).map(([key, value]) => [key, interpolate(String(value), env)]))

describe('docker-compose.yml', () => {
  test('has the production-like shape: PostgreSQL, Temporal with schema, namespace and UI, migrations, the API, two workers', () => {
    expect(Object.keys(services)).toEqual([
      'postgres',
      'temporal-schema',
      'temporal',
      'temporal-namespace',
      'temporal-ui',
      'migrate',
      'api',
      'worker',
    ])
    expect(services.worker!.deploy!.replicas).toBe(2)
  })

  test('pins every image to an exact version', () => {
    for (const [, service] of all.filter(([, { build }]) => !build)) expect(service.image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?$/)
    const versions = all.map(([, service]) => service.image!).filter(image => /temporalio\/(server|admin-tools)/.test(image))
    expect(new Set(versions.map(image => image.split(':')[1])).size).toBe(1)
  })

  test('waits for each part in the way it becomes ready: healthy, or done', () => {
    for (const [name, service] of all) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect([name, other, condition]).toEqual([
          name,
          other,
          once.includes(other) ? 'service_completed_successfully' : 'service_healthy',
        ])
        if (condition === 'service_healthy') expect(services[other]!.healthcheck).toBeDefined()
      }
    }
    expect(once).toEqual(['temporal-schema', 'temporal-namespace', 'migrate'])
    for (const role of ['api', 'worker'])
      expect(Object.keys(services[role]!.depends_on!)).toEqual(['migrate', 'temporal-namespace'])
  })

  test('checks the health of every part that stays', () => {
    for (const name of ['postgres', 'temporal', 'api', 'worker']) expect(services[name]!.healthcheck!.test[0]).toBe('CMD')
    const [, program, flag, script] = services.api!.healthcheck!.test
    expect([program, flag]).toEqual(['node', '-e'])
    expect(() => execFileSync(process.execPath, ['-e', script!], { stdio: 'ignore' })).toThrow() // nothing listens here: not healthy
  })

  test('keeps data in named volumes, and mounts only files that exist', () => {
    expect(Object.keys(volumes)).toEqual(['postgres'])
    expect(services.postgres!.volumes![0]).toBe('postgres:/var/lib/postgresql')
    for (const mount of all.flatMap(([, service]) => service.volumes ?? []).filter(mount => mount.startsWith('.'))) {
      expect(existsSync(join(root, mount.split(':')[0]!))).toBe(true)
      expect(mount).toMatch(/:ro$/)
    }
  })

  test('publishes the API, and the UI to this machine only', () => {
    expect(all.filter(([, service]) => service.ports).map(([name, service]) => [name, service.ports])).toEqual([
      ['temporal-ui', ['127.0.0.1:8233:8080']],
      ['api', [`\${PUBLISH:-3000}:3000`]],
    ])
  })
})

describe('the environment of the roles', () => {
  test('is one that the configuration accepts', () => {
    for (const [name] of ours) {
      const config = readConnectedConfig(environmentOf(name))
      expect(config).toMatchObject({
        host: '0.0.0.0',
        port: 3000,
        publicUrl: given.PUBLIC_URL,
        temporal: { address: 'temporal:7233', namespace: 'perennial' },
      })
      expect(new URL(config.databaseUrl).hostname).toBe('postgres')
    }
  })

  test('names no variable that the configuration does not know, and leaves out none but those that mean nothing there', () => {
    const here = Object.keys(services.api!.environment!)
    expect(here.filter(name => !(variableNames as string[]).includes(name))).toEqual([])
    const elsewhere = ['DATA_DIR', 'POSTGRES_BIN', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY', 'TEMPORAL_API_KEY']
    expect(variableNames.filter(name => !here.includes(name)).toSorted()).toEqual(elsewhere.toSorted())
  })

  test.each(Object.keys(given))('%s has no default: without it compose stops and says what to do', name => {
    const { [name as keyof typeof given]: _, ...rest } = given
    const interpolateAll = () =>
      text
        .replace(/^\s*#.*$/gm, '')
        .split('\n')
        .forEach(line => void interpolate(line, rest))
    expect(interpolateAll).toThrow(new RegExp(`^${name}: set it to`))
  })

  test('holds no secret', () => {
    for (const [, service] of all) {
      for (const [name, value] of Object.entries(service.environment ?? {}))
        if (/PASSWORD|PWD|KEY|TOKEN|SECRET/.test(name)) expect(String(value)).toMatch(/^\$\{/)
    }
  })

  test('shares the namespace between the roles, Temporal and its UI', () => {
    expect(environmentOf('temporal-namespace').NAMESPACE).toBe(environmentOf('worker').TEMPORAL_NAMESPACE)
    expect(environmentOf('temporal-ui').TEMPORAL_DEFAULT_NAMESPACE).toBe(environmentOf('worker').TEMPORAL_NAMESPACE)
  })
})

describe('the image', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  test('is built on an exact Node version, the one in use, and does not run as root', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(match => match[1])
    expect(new Set(bases).size).toBe(1)
    expect(bases[0]).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/)
    expect(dockerfile).toMatch(/^USER node$/m)
  })

  test('holds every script that compose runs', () => {
    const scripts = [
      ...ours.map(([, service]) => (service.command as string[])[1]!),
      /CMD \["node", "(.+)"\]/.exec(dockerfile)![1]!,
    ]
    for (const script of scripts) {
      expect(script).toMatch(/^dist\//)
      expect(existsSync(join(root, script.replace(/^dist\//, '').replace(/js$/, 'ts')))).toBe(true)
    }
  })

  test('copies only what is there, past what .dockerignore leaves out', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')
    for (const name of ['package.json', 'package-lock.json', 'prisma', 'scripts', 'tsconfig.build.json']) {
      expect(readdirSync(root)).toContain(name)
      expect(ignored).not.toContain(name)
    }
    for (const secret of ['.data', '.git', 'node_modules']) expect(ignored).toContain(secret)
  })
})

test.each(readdirSync(join(root, 'deploy')).filter(name => name.endsWith('.sh')))(
  'deploy/%s is a script that a plain shell reads',
  name => {
    execFileSync('sh', ['-n', join(root, 'deploy', name)])
    expect(readFileSync(join(root, 'deploy', name), 'utf8')).toMatch(/^set -eu$/m)
  },
)
