import type { ReactNode } from 'react'
import type { CampaignView } from '../../api/queries.ts'
import type { Draft } from '../../campaign/draft.ts'
import { Badge, TextField } from '../../parts/basics.tsx'
import { useWords } from '../../texts/index.ts'
import { Goals } from './goals.tsx'
import { Journeys } from './journeys.tsx'
import { Judged } from './judged.tsx'
import { Matching } from './matching.tsx'
import { Whom } from './whom.tsx'

export interface PartProps {
  draft: Draft
  campaign: CampaignView
}

const questions = ['whom', 'goals', 'matching', 'channel', 'judged'] as const
const parts = { whom: Whom, goals: Goals, matching: Matching, channel: Journeys, judged: Judged }
/** Which places of the document a question is about. */
const places = {
  whom: [['trigger'], ['audience']],
  goals: [],
  matching: [['reentry'], ['exit']],
  channel: [['limits']],
  judged: [['experiment']],
} as const

function faultsOf(draft: Draft, question: (typeof questions)[number]): number {
  const goals = draft.document.goals
  const below = (keys: readonly string[]) =>
    goals.reduce((sum, _, g) => sum + keys.reduce((n, key) => n + draft.faultsBelow(['goals', g, key]), 0), 0)
  const own = places[question].reduce((sum, path) => sum + draft.faultsBelow(path), 0)
  if (question === 'goals') return own + below(['key', 'kind', 'success'])
  if (question === 'matching') return own + below(['when'])
  if (question === 'channel') return own + below(['journey'])
  return own
}

/** The five questions a campaign answers, on one page, each with what is wrong in it. */
export function Plan({ draft, campaign, readOnly }: PartProps & { readOnly: boolean }) {
  const { t } = useWords()
  return (
    <fieldset disabled={readOnly} className="plan">
      <nav className="plan-nav" aria-label={t('plan.questions')}>
        {questions.map((question, i) => {
          const faults = faultsOf(draft, question)
          return (
            <a key={question} href={`#${question}`}>
              <span className="steps-n" aria-hidden>
                {i + 1}
              </span>
              {t(`plan.${question}`)}
              {faults > 0 && <Badge look="bad">{t('plan.faults', { n: faults })}</Badge>}
            </a>
          )
        })}
      </nav>
      <div className="stack loose grow">
        <Question id="name">
          <TextField
            label={t('plan.name')}
            value={draft.document.name}
            fault={draft.faultAt(['name'])}
            onChange={name => draft.set(['name'], name)}
            maxLength={200}
          />
        </Question>
        {questions.map(question => {
          const Part = parts[question]
          return (
            <Question key={question} id={question} title={t(`plan.${question}`)} lead={t(`plan.${question}Lead`)}>
              <Part draft={draft} campaign={campaign} />
            </Question>
          )
        })}
      </div>
    </fieldset>
  )
}

function Question({ id, title, lead, children }: { id: string; title?: string; lead?: string; children: ReactNode }) {
  return (
    <section id={id} className="question">
      {title && (
        <header>
          <h2>{title}</h2>
          <p className="quiet">{lead}</p>
        </header>
      )}
      {children}
    </section>
  )
}
