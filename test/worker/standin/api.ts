// Ready when the worker has said so in the database; tells over HTTP what the tests ask about.
import { createServer } from 'node:http'
import pg from 'pg'
import { onShutdown } from '../../../prisma/process.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => {})
const server = createServer(async (request, response) => {
  try {
    const { rows } = await pool.query(`SELECT pid, note FROM standin ORDER BY id`)
    if (request.url === '/readyz') response.writeHead(rows.length > 0 ? 200 : 503).end()
    else {
      const { API_KEY, SECRET_KEY, TEMPORAL_ADDRESS, DATABASE_URL, DEMO } = process.env
      response.end(JSON.stringify({ pid: process.pid, rows, env: { API_KEY, SECRET_KEY, TEMPORAL_ADDRESS, DATABASE_URL, DEMO } }))
    }
  } catch (error) {
    response.writeHead(503).end(String(error))
  }
})
server.listen(Number(process.env.PORT), '127.0.0.1')
onShutdown(async () => {
  server.close()
  server.closeAllConnections()
  await pool.end()
})
