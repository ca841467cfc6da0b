import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { api, type Refusal } from '../../api/client.ts'
import { type CampaignView, refresh } from '../../api/queries.ts'
import { stepsOf } from '../../campaign/document.ts'
import type { Draft } from '../../campaign/draft.ts'
import { durationText, triggerText } from '../../campaign/sentences.ts'
import { Button, Notice } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../../parts/problem.tsx'
import { toast } from '../../parts/toast.tsx'
import { usePreview } from '../../rules/count.tsx'
import { useWords } from '../../texts/index.ts'
import { savedFirst } from './saved-first.ts'

interface Findings {
  ok: boolean
  problems: { path: string; message: string; hint?: string }[]
  warnings: { path: string; message: string; hint?: string }[]
}

/** The last look before anything leaves: who gets what, and what speaks against it. */
export function Launch({ campaign, draft, onClose }: { campaign: CampaignView; draft: Draft; onClose: () => void }) {
  const { t } = useWords()
  const [, go] = useLocation()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const findings = useQuery<Findings, Refusal>({
    queryKey: [`/v1/campaigns/${campaign.id}/validate`, draft.document],
    queryFn: async () => {
      await savedFirst(draft, t)
      return api.post<Findings>(`/v1/campaigns/${campaign.id}/validate`)
    },
    staleTime: 0,
    retry: false,
  })
  const launch = () => {
    setBusy(true)
    setError(undefined)
    api
      .post(`/v1/campaigns/${campaign.id}/launch`)
      .then(async () => {
        await refresh('/v1/campaigns')
        toast(t('launch.done'))
        onClose()
        go(`/campaigns/${campaign.id}/live`)
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('launch.title')}
      lead={t('launch.lead')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" icon={Rocket} disabled={busy || !findings.data?.ok} onClick={launch}>
            {t('launch.go')}
          </Button>
        </>
      }
    >
      <Summary draft={draft} />
      <Answered of={findings} lines={2}>
        {({ ok, problems, warnings }) => (
          <>
            {ok && warnings.length === 0 && <Notice look="good">{t('launch.fine')}</Notice>}
            {problems.map(each => (
              <Notice key={each.path + each.message} look="bad">
                {each.message} {each.hint && <span className="quiet">{each.hint}</span>}
              </Notice>
            ))}
            {warnings.map(each => (
              <Notice key={each.path + each.message} look="warn">
                {each.message} {each.hint && <span className="quiet">{each.hint}</span>}
              </Notice>
            ))}
          </>
        )}
      </Answered>
      <ProblemNotice error={error} />
    </Dialog>
  )
}

function Summary({ draft }: { draft: Draft }) {
  const words = useWords()
  const { t, number, percent } = words
  const { trigger, audience, goals, experiment } = draft.document
  const count = usePreview(audience)
  const messages = goals.map(goal => [...stepsOf(goal.journey)].filter(({ step }) => step.kind === 'message').length)
  const weight = experiment?.variants.reduce((sum, each) => sum + each.weight, 0) ?? 1
  const all = trigger.kind === 'now' || trigger.kind === 'at' || trigger.kind === 'schedule'
  return (
    <dl className="facts">
      <dt>{t('launch.who')}</dt>
      <dd>
        {count.data ? t(all ? 'launch.whoAll' : 'launch.whoMay', { n: count.data.count }) : '…'}, {triggerText(words, trigger)}
        {count.data?.summary && <span className="quiet"> ({count.data.summary})</span>}
      </dd>
      <dt>{t('launch.what')}</dt>
      <dd>
        <ul>
          {goals.map((goal, g) => (
            <li key={goal.key}>
              {t(`goal.${goal.kind}`)}: {t('launch.messages', { n: messages[g]! })}
              {goal.success && (
                <>, {t('launch.success', { event: goal.success.event, within: durationText(words, goal.success.within) })}</>
              )}
            </li>
          ))}
        </ul>
      </dd>
      <dt>{t('launch.arms')}</dt>
      <dd>
        {experiment ? (
          <ul>
            {experiment.variants.map(each => {
              const share = weight > 0 ? ((1 - experiment.holdout) * each.weight) / weight : 0
              return (
                <li key={each.key}>
                  {t('launch.arm', { key: each.key, share: percent(share) })}
                  {all && count.data && <span className="quiet"> ≈ {number(Math.round(count.data.count * share))}</span>}
                </li>
              )
            })}
            <li>
              {t('launch.holdout', { share: percent(experiment.holdout) })}
              {all && count.data && <span className="quiet"> ≈ {number(Math.round(count.data.count * experiment.holdout))}</span>}
            </li>
          </ul>
        ) : (
          t('launch.noExperiment')
        )}
      </dd>
    </dl>
  )
}
