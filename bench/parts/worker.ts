// A worker as it ships, with waves of WAVE_SIZE customers where that is set.
import { fileURLToPath } from 'node:url'
import { readConnectedConfig } from '../../domain/config.ts'
import { built } from './built.ts'

const { startWorker } = await built<typeof import('../../worker/run-worker.ts')>('worker/run-worker')
const worker = await startWorker({
  config: readConnectedConfig(process.env),
  secretKey: 'bench',
  workflows: { workflowBundle: { codePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)) } },
  ...(process.env.WAVE_SIZE ? { waveSize: Number(process.env.WAVE_SIZE) } : {}),
  log: () => {},
})
process.once('SIGTERM', () => worker.shutdown())
console.log('ready')
await worker.run
