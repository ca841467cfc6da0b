// A worker as `npm run worker` starts it, with waves of WAVE_SIZE customers.
import { fileURLToPath } from 'node:url'
import { readConnectedConfig } from '../../domain/config.ts'
import { startWorker } from '../../worker/run-worker.ts'

const worker = await startWorker({
  config: readConnectedConfig(process.env),
  secretKey: 'bench',
  workflows: { workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) },
  ...(process.env.WAVE_SIZE ? { waveSize: Number(process.env.WAVE_SIZE) } : {}),
  log: () => {},
})
process.once('SIGTERM', () => worker.shutdown())
console.log('ready')
await worker.run
