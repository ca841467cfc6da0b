import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultKind } from './faults.ts'

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

export async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** Starts a local server on a free port (or the given one); `close` ends it with all its connections. */
export async function listen(handle: (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>, port = 0) {
  const server = http.createServer((request, response) => {
    handle(request, response).catch(error => {
      // A sender that hung up is part of the game; anything else is a fault of the emulation and must be seen.
      if (!request.destroyed) console.error(error)
      response.destroy()
    })
  })
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

export function answer(response: http.ServerResponse, { status, headers = {}, body }: Answer) {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
  response.end(text)
}

/** Plays a fault around an acceptance; `accept` books the request and returns the good answer. */
export async function play(
  fault: FaultKind | undefined,
  response: http.ServerResponse,
  accept: () => Answer,
  words: { tooMany: Answer; failed: (status: number) => Answer; slowMs: number },
) {
  switch (fault) {
    case undefined:
      return answer(response, accept())
    case 'resetBefore':
      return void response.socket?.resetAndDestroy()
    case 'hangBefore':
      return
    case 'tooMany':
      return answer(response, words.tooMany)
    case 'error500Before':
      return answer(response, words.failed(500))
    case 'error503Before':
      return answer(response, words.failed(503))
    case 'error500After':
      accept()
      return answer(response, words.failed(500))
    case 'acceptThenHang':
      accept()
      return
    case 'acceptThenReset':
      accept()
      return void response.socket?.resetAndDestroy()
    case 'garbage': {
      const { status } = accept()
      return answer(response, { status, headers: { 'content-type': 'text/html' }, body: '<html>It works!' })
    }
    case 'slow': {
      const good = accept()
      await new Promise(done => setTimeout(done, words.slowMs))
      return answer(response, good)
    }
  }
}
