import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fault, PerennialError } from '../../domain/errors.ts'
import { campaignIds } from '../../domain/ids.ts'
import { surveys as kinds } from '../../domain/journey/steps/survey.ts'
import { escapeHtml } from '../../domain/message/escape.ts'
import { readMessageToken } from '../../domain/message/token.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { findAnswer, findQuestion, keepAnswer, type Question } from '../../prisma/queries/surveys.ts'
import { openForLowScore } from '../../prisma/queries/tasks.ts'
import type { Deps, Routes } from '../deps.ts'
import { readFields } from '../people/form.ts'
import { sendPage, sendStranger } from '../people/html.ts'
import { type Spoken, spokenTo } from '../people/words.ts'

const params = z.object({ token: z.string().max(200) })
const pages = { 200: z.string(), 404: z.string() }
/** How soon somebody is to look after who is not content, and how long nothing is advertised to them at most. */
const lookAfterMs = 2 * 86_400_000

type Survey = keyof typeof kinds

/** The page behind the link of a survey: opening it changes nothing, its button answers once. */
export const surveys: Routes = (root, deps) => {
  const asked = async (token: string): Promise<{ question: Question; survey: Survey; stepId: string } | undefined> => {
    const message = readMessageToken(deps.config.secretKey, 'survey', token)
    const question = message === undefined ? undefined : await findQuestion(deps.db, message)
    const programs = question && (await programsOf(deps.db, question.campaign, question.version))
    const step = question && programs?.get(question.version)?.steps[question.step]
    if (!question || step?.body.kind !== 'message' || !step.body.survey) return undefined
    return { question, survey: step.body.survey, stepId: step.id }
  }
  const isPage = (request: FastifyRequest) => request.headers.accept?.includes('text/html') ?? false

  root.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    const app = scope.withTypeProvider<ZodTypeProvider>()
    const settings = { config: { needs: 'public' as const }, bodyLimit: 16_384 }
    const tags = ['people']

    app.get(
      '/s/:token',
      {
        ...settings,
        schema: { tags, params, querystring: z.object({ score: z.string().max(3).optional() }), response: pages },
      },
      async (request, reply) => {
        const found = await asked(request.params.token)
        if (!found) return sendStranger(reply)
        const spoken = spokenTo(found.question, request.headers['accept-language'])
        const { score } = request.query
        return (await findAnswer(deps.db, found.question.message))
          ? thanks(reply, spoken)
          : form(reply, found.survey, spoken, score === undefined ? {} : { score })
      },
    )

    app.post('/s/:token', { ...settings, schema: { tags, params } }, async (request, reply) => {
      const found = await asked(request.params.token)
      if (!found) {
        if (isPage(request)) return sendStranger(reply)
        throw new PerennialError('notFound', t => t.refusals.asksNothing)
      }
      const { question, survey, stepId } = found
      const spoken = spokenTo(question, request.headers['accept-language'])
      const { from, to } = kinds[survey]
      const fields = await readFields(request.body, request.headers['content-type'])
      const read = answerSchema(from, to).safeParse(Object.fromEntries(fields))
      if (!read.success) {
        if (isPage(request)) return form(reply, survey, spoken, { fault: spoken.words.noScore })
        throw new PerennialError('malformed', t => t.refusals.scoreFrom(from, to), {
          faults: [fault('/score', 'invalid', t => t.refusals.wholeFrom(from, to))],
        })
      }
      await answer(deps, question, survey, stepId, read.data.score, read.data.comment?.trim() || null)
      return isPage(request) ? thanks(reply, spoken) : reply.type('application/json').send({ thanks: true })
    })
  })
}

// A score that was not given is not the number nought.
const answerSchema = (from: number, to: number) =>
  z.object({
    score: z
      .string()
      .trim()
      .regex(/^\d{1,2}$/)
      .transform(Number)
      .pipe(z.number().min(from).max(to)),
    comment: z.string().max(2_000).optional(),
  })

/** Stores an answer as the customer's own event, once; a low score calls for somebody to look after them. */
async function answer(deps: Deps, question: Question, survey: Survey, step: string, score: number, comment: string | null) {
  const at = deps.clock()
  const { message, customer, externalId } = question
  await deps.db.transaction(async tx => {
    const first = await keepAnswer(tx, { message, customer, survey, score, comment, at })
    if (!first || score > kinds[survey].low) return
    await openForLowScore(tx, {
      ...question,
      title: `Low ${survey.toUpperCase()} score: ${score}`,
      note: comment,
      at,
      dueAt: new Date(at.getTime() + lookAfterMs),
    })
  })
  // What was kept is told, not what was sent now: the same answer twice, or another one later, is one event.
  const kept = await findAnswer(deps.db, message)
  const { rings } = await ingest(
    deps.db,
    [
      {
        kind: 'track',
        messageId: `perennial:survey:${message}`,
        customer: externalId,
        anonymous: externalId.startsWith('anonymous:'),
        at,
        event: 'Survey Answered',
        properties: {
          survey,
          score: kept?.score ?? score,
          ...(kept?.comment ? { comment: kept.comment } : {}),
          campaign: campaignIds.show(question.campaign),
          step,
        },
        traits: {},
        consents: [],
      },
    ],
    { receivedAt: at, region: deps.config.defaultRegion },
  )
  deps.temporal.ring(rings)
}

const thanks = (reply: FastifyReply, { language, words }: Spoken) =>
  sendPage(reply, 200, language, words.thanks, `<p role="status">${escapeHtml(words.thanksLead)}</p>`)

/** The question with its scores, one of them chosen where the link has named it; with what is wrong above it. */
function form(reply: FastifyReply, survey: Survey, { language, words }: Spoken, given: { score?: string; fault?: string }) {
  const { from, to } = kinds[survey]
  const scores = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .map(
      score =>
        `<label><input type="radio" name="score" value="${score}" required${String(score) === given.score ? ' checked' : ''}>${score}</label>`,
    )
    .join('')
  const fault = given.fault === undefined ? '' : `<p role="alert">${escapeHtml(given.fault)}</p>`
  return sendPage(
    reply,
    given.fault === undefined ? 200 : 400,
    language,
    words[survey],
    `${fault}<form method="post"><fieldset><legend>${escapeHtml(words[`${survey}Scale`])}</legend><div class="scores">${scores}</div></fieldset><label for="comment">${escapeHtml(words.why)}</label><textarea id="comment" name="comment" maxlength="2000"></textarea><button type="submit">${escapeHtml(words.send)}</button></form>`,
  )
}
