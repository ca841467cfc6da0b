import { z } from 'zod'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { templates as all } from '../../domain/campaign/templates/index.ts'
import { PerennialError } from '../../domain/errors.ts'
import type { Texts } from '../../domain/texts/texts.ts'
import type { Routes } from '../deps.ts'
import { textsOf } from '../language.ts'

const templateSchema = z
  .object({
    key: z.string(),
    name: z.string(),
    goal: z.string(),
    description: z.string(),
    document: z
      .looseObject({ name: z.string() })
      .meta({ description: 'A campaign to be sent to POST /v1/campaigns as it is, or changed.' }),
  })
  .meta({ id: 'Template' })

type Shown = z.infer<typeof templateSchema>

/** Ready campaigns to start from. */
export const templates: Routes = app => {
  const tags = ['templates']
  // Whole documents, with every default written out: what is shown is what is made of it.
  const whole = all.map(template => ({ ...template, document: campaignSchema.parse(template.document) }))
  const shown = (template: (typeof whole)[number], texts: Texts): Shown => {
    const said = texts.templates[template.key]
    return { ...template, ...said, document: { ...template.document, name: said.name } }
  }

  app.get(
    '/v1/templates',
    {
      config: { needs: 'read' },
      schema: { tags, response: { 200: z.object({ data: z.array(templateSchema), next: z.null() }) } },
    },
    async request => ({ data: whole.map(each => shown(each, textsOf(request))), next: null }),
  )

  app.get(
    '/v1/templates/:key',
    {
      config: { needs: 'read' },
      schema: { tags, params: z.object({ key: z.string().max(100) }), response: { 200: templateSchema } },
    },
    async request => {
      const found = whole.find(({ key }) => key === request.params.key)
      if (!found) throw new PerennialError('notFound', t => t.refusals.noTemplate(request.params.key))
      return shown(found, textsOf(request))
    },
  )
}
