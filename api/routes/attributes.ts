import { z } from 'zod'
import { listAttributes } from '../../prisma/queries/attributes.ts'
import type { Routes } from '../deps.ts'

const attributeSchema = z
  .object({
    name: z.string(),
    customers: z.int().meta({ description: 'Of those looked at: who has it.' }),
    kinds: z
      .partialRecord(z.enum(['string', 'number', 'boolean', 'array', 'object']), z.int())
      .meta({ description: 'How many values are of each kind; rules compare by kind.' }),
    dates: z
      .int()
      .meta({ description: 'How many of the texts are moments, which before, after, withinLast and withinNext compare.' }),
  })
  .meta({ id: 'Attribute' })

/** Which attributes customers have, and of what kinds their values are: for whoever writes rules. */
export const attributes: Routes = (app, deps) => {
  app.get(
    '/v1/attributes',
    {
      config: { needs: 'read' },
      schema: {
        tags: ['customers'],
        response: {
          200: z.object({
            data: z.array(attributeSchema),
            of: z.int().meta({ description: 'Customers looked at: those who came last, 10,000 at most.' }),
          }),
        },
      },
    },
    async () => {
      const { of, attributes: data } = await listAttributes(deps.db)
      return { data, of }
    },
  )
}
