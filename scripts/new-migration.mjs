// node scripts/new-migration.mjs NAME    writes prisma/migrations/<time>_NAME/migration.sql: schema.prisma minus the last migration.
// node scripts/new-migration.mjs --check fails when schema.prisma says something that no migration does.
// Needs no database and no download. What Prisma's schema cannot say (partial indexes, functions) is appended to the file by hand.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

const prisma = join(dirname(import.meta.dirname), 'prisma')
const schema = join(prisma, 'schema.prisma')
const migrations = join(prisma, 'migrations')
const snapshot = join(migrations, 'schema.snapshot.prisma') // the schema as of the last migration: what the next one starts from

const sql = await difference()
const [argument] = process.argv.slice(2)
if (!sql || sql.startsWith('-- This is an empty migration')) {
  console.log('schema.prisma and the migrations agree')
} else if (argument === '--check') {
  console.error(`schema.prisma has no migration for this; make one with: node scripts/new-migration.mjs NAME\n${sql}`)
  process.exitCode = 1
} else if (!/^[a-z0-9_]+$/.test(argument ?? '')) {
  console.error('A migration needs a name of small letters, digits and underscores: node scripts/new-migration.mjs add_offers')
  process.exitCode = 1
} else {
  const name = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${argument}`
  mkdirSync(join(migrations, name), { recursive: true })
  writeFileSync(join(migrations, name, 'migration.sql'), sql)
  writeFileSync(join(migrations, 'migration_lock.toml'), 'provider = "postgresql"\n')
  copyFileSync(schema, snapshot)
  console.log(`prisma/migrations/${name}/migration.sql`)
}

/** SQL from the snapshot to the schema, by Prisma's schema engine in its WebAssembly build. */
async function difference() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: message => console.error(message) }
  const file = new URL('./schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'))
  const { instance } = await WebAssembly.instantiate(readFileSync(fileURLToPath(file)), { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const model = path => ({ tag: 'schemaDatamodel', files: [{ path: schema, content: readFileSync(path, 'utf8') }] })
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[schema, readFileSync(schema, 'utf8')]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(offline()),
  )
  const from = existsSync(snapshot) ? model(snapshot) : { tag: 'empty' }
  const filters = { externalTables: [], externalEnums: [] }
  return (await engine.diff({ from, to: model(schema), script: true, exitCode: null, filters })).stdout
}

/** The engine wants a connection even where it compares two files; nothing is ever asked of this one. */
function offline() {
  const connection = {
    provider: 'postgres',
    adapterName: 'offline',
    queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
    executeRaw: async () => 0,
    executeScript: async () => {},
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => {},
  }
  return {
    provider: 'postgres',
    adapterName: 'offline',
    connect: async () => connection,
    connectToShadowDb: async () => connection,
  }
}
