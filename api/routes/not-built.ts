import { PerennialError } from '../../domain/errors.ts'
import type { Permission } from '../auth.ts'
import type { Routes } from '../deps.ts'

/** What the contract promises and nobody has built yet. Who builds one takes its line away; building it beside the line fails at start. */
const waiting: readonly (readonly [methods: string, path: string, needs: Permission])[] = []

/** Answers 501 with a problem that says so, after the key was checked. */
export const notBuilt: Routes = app => {
  app.register(async scope => {
    // Whatever is sent to what does not stand yet is not read.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      done(null, undefined)
    })
    for (const [methods, url, needs] of waiting)
      for (const method of methods.split(' '))
        scope.route({
          method,
          url,
          config: { needs },
          schema: { tags: ['not built yet'], summary: 'Not built yet: answers 501' },
          handler: async () => {
            throw new PerennialError('notBuilt', `${method} ${url} is part of the contract and does not stand yet.`)
          },
        })
  })
}
