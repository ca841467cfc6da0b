import { FilePlus2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Campaign } from '../../api/contract.ts'
import { api } from '../api/client.ts'
import { type CampaignView, refresh, useApi } from '../api/queries.ts'
import { blankCampaign } from '../campaign/document.ts'
import { triggerText } from '../campaign/sentences.ts'
import { Badge } from '../parts/basics.tsx'
import { Dialog } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useWords } from '../texts/index.ts'

interface Template {
  key: string
  name: string
  description?: string
  goal?: string
  campaign?: Campaign
  document?: Campaign
}

/** A campaign begins from a template, or blank; either can be launched as it stands. */
export function NewCampaign({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useWords()
  const words = useWords()
  const [, go] = useLocation()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const templates = useApi<{ data: Template[] }>('/v1/templates', [], { off: !open })
  const begin = (campaign: Campaign) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    api
      .post<CampaignView>('/v1/campaigns', campaign)
      .then(async made => {
        await refresh('/v1/campaigns')
        go(`/campaigns/${made.id}`)
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog open={open} onClose={onClose} title={t('new.title')} lead={t('new.lead')} wide>
      <ProblemNotice error={error} />
      <ul className="templates">
        <li>
          <button
            type="button"
            className="template"
            onClick={() => begin(blankCampaign(t('new.blankName'), 'Order Completed'))}
            disabled={busy}
          >
            <FilePlus2 size={18} aria-hidden />
            <strong>{t('new.blank')}</strong>
            <span className="quiet">{t('new.blankLead')}</span>
          </button>
        </li>
        {templates.data?.data.map(each => {
          const campaign = each.campaign ?? each.document
          return (
            campaign && (
              <li key={each.key}>
                <button type="button" className="template" onClick={() => begin(campaign)} disabled={busy}>
                  <span className="chips">
                    {[...new Set(campaign.goals.map(goal => goal.kind))].map(kind => (
                      <Badge key={kind}>{t(`goal.${kind}`)}</Badge>
                    ))}
                  </span>
                  <strong>{each.name}</strong>
                  <span className="quiet">{each.description ?? triggerText(words, campaign.trigger)}</span>
                </button>
              </li>
            )
          )
        })}
      </ul>
      {!templates.data && templates.error && templates.error.status !== 404 && <Answered of={templates}>{() => null}</Answered>}
    </Dialog>
  )
}
