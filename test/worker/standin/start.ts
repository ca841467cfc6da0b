// `npm start` with stand-ins for the two roles: what is tested is the supervision, not what is supervised.
import { fileURLToPath } from 'node:url'
import { main } from '../../../worker/local/start.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
await main({ env: process.env, roles: { worker: here('./worker.ts'), api: here('./api.ts') } })
