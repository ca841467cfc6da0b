import { fileURLToPath } from 'node:url'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { ConfigError } from '../domain/config.ts'
import { onShutdown } from '../prisma/process.ts'
import { secretKey } from '../prisma/secrets.ts'
import { readWorkerConfig } from './config.ts'
import { startWorker } from './run-worker.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

// What goes as it should is our own word; of the SDK only what does not.
Runtime.install({ logger: new DefaultLogger('WARN') })

async function main(): Promise<void> {
  const config = readWorkerConfig()
  const worker = await startWorker({
    config,
    secretKey: await secretKey(config),
    workflows: { workflowBundle: { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) } },
    log: say,
  })
  onShutdown(async () => {
    worker.shutdown()
    await worker.run
  })
  say('worker ready')
  await worker.run
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
