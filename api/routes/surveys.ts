import { z } from 'zod'
import { PerennialError } from '../../domain/errors.ts'
import { campaignIds } from '../../domain/ids.ts'
import { surveys as kinds } from '../../domain/journey/steps/survey.ts'
import { readMessageToken } from '../../domain/message/token.ts'
import { programsOf } from '../../prisma/queries/campaigns.ts'
import { ingest } from '../../prisma/queries/ingest.ts'
import { findAnswer, findQuestion, keepAnswer, type Question } from '../../prisma/queries/surveys.ts'
import { openForLowScore } from '../../prisma/queries/tasks.ts'
import type { Deps, Routes } from '../deps.ts'

const params = z.object({ token: z.string().max(100) })
/** How soon somebody is to look after who is not content, and how long nothing is advertised to them at most. */
const lookAfterMs = 2 * 86_400_000

type Survey = keyof typeof kinds

/** The page behind the link of a survey: opening it changes nothing, its button answers once. */
export const surveys: Routes = (app, deps) => {
  const asked = async (token: string): Promise<{ question: Question; survey: Survey; stepId: string }> => {
    const message = readMessageToken(deps.config.secretKey, 'survey', token)
    const question = message === undefined ? undefined : await findQuestion(deps.db, message)
    const programs = question && (await programsOf(deps.db, question.campaign, question.version))
    const step = question && programs?.get(question.version)?.steps[question.step]
    if (!question || step?.body.kind !== 'message' || !step.body.survey)
      throw new PerennialError('notFound', 'This link asks nothing, or no longer does.')
    return { question, survey: step.body.survey, stepId: step.id }
  }

  app.get(
    '/s/:token',
    {
      config: { needs: 'public' },
      schema: { tags: ['people'], params, querystring: z.object({ score: z.string().max(3).optional() }) },
    },
    async (request, reply) => {
      const { question, survey } = await asked(request.params.token)
      const answer = await findAnswer(deps.db, question.message)
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
      return answer ? thanks() : form(survey, request.query.score)
    },
  )

  app.register(async scope => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 16_384 },
      (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
    )
    scope.post('/s/:token', { config: { needs: 'public' }, schema: { tags: ['people'] } }, async (request, reply) => {
      const { token } = params.parse(request.params)
      const { question, survey, stepId } = await asked(token)
      const { from, to } = kinds[survey]
      const read = z
        .object({ score: z.coerce.number().int().min(from).max(to), comment: z.string().max(2_000).optional() })
        .safeParse(request.body)
      if (!read.success)
        throw new PerennialError('malformed', `The score is a whole number from ${from} to ${to}.`, {
          faults: [{ path: '/score', code: 'invalid', message: `a whole number from ${from} to ${to}` }],
        })
      await answer(deps, question, survey, stepId, read.data.score, read.data.comment?.trim() || null)
      if (request.headers.accept?.includes('text/html')) {
        reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
        return thanks()
      }
      return { thanks: true }
    })
  })
}

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

const shell = (title: string, body: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
fieldset{border:0;padding:0;margin:0 0 1rem;display:flex;flex-wrap:wrap;gap:.5rem}legend{font-weight:600;margin-bottom:.75rem;font-size:1.15rem}
label.score{display:inline-flex;align-items:center;gap:.35rem;border:1px solid #767676;border-radius:.4rem;padding:.4rem .7rem}
textarea{width:100%;min-height:6rem;font:inherit;box-sizing:border-box}button{font:inherit;padding:.6rem 1.2rem;margin-top:1rem}</style></head><body>${body}</body></html>`

const thanks = () => shell('Thank you', '<main><h1>Thank you</h1><p>Your answer has arrived.</p></main>')

function form(survey: Survey, chosen: string | undefined): string {
  const { question, from, to } = kinds[survey]
  const scores = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .map(
      score =>
        `<label class="score"><input type="radio" name="score" value="${score}" required${String(score) === chosen ? ' checked' : ''}>${score}</label>`,
    )
    .join('')
  return shell(
    'A question',
    `<main><form method="post"><fieldset><legend>${question}</legend>${scores}</fieldset>
<label for="comment">What is the main reason for your score?</label><textarea id="comment" name="comment" maxlength="2000"></textarea>
<button type="submit">Send</button></form></main>`,
  )
}
