import { FilePlus2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Campaign, Settings } from '../../api/contract.ts'
import { api } from '../api/client.ts'
import { type CampaignView, refresh, useApi } from '../api/queries.ts'
import { blankCampaign } from '../campaign/document.ts'
import { triggerText } from '../campaign/sentences.ts'
import { Badge, TextArea, TextField } from '../parts/basics.tsx'
import { Dialog } from '../parts/overlays.tsx'
import { Answered, ProblemNotice } from '../parts/problem.tsx'
import { useKept } from '../parts/state.ts'
import { useMay } from '../session.ts'
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
  const settings = useApi<Settings & { version: number }>('/v1/settings', ['settings'], { off: !open })
  const mayManage = useMay('manage')
  const [address = '', setAddress] = useKept<string | undefined>('new.address', undefined)
  const [text, setText] = useState('')
  const asks = mayManage && settings.data?.postalAddress === ''
  const shown = templates.data?.data.filter(each =>
    `${each.name} ${each.description ?? ''}`.toLowerCase().includes(text.trim().toLowerCase()),
  )
  const introduce = async () => {
    if (!asks || !settings.data || address.trim() === '') return
    await api.put('/v1/settings', { ...settings.data, postalAddress: address.trim() }, settings.data.version)
    setAddress(undefined)
    await refresh('/v1/settings')
  }
  const begin = (campaign: Campaign) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    introduce()
      .then(() => api.post<CampaignView>('/v1/campaigns', campaign))
      .then(async made => {
        await refresh('/v1/campaigns')
        go(`/campaigns/${made.id}`)
      }, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog open={open} onClose={onClose} title={t('new.title')} lead={t('new.lead')} wide>
      <ProblemNotice error={error} />
      {asks && <TextArea rows={2} label={t('new.address')} hint={t('new.addressHint')} value={address} onChange={setAddress} />}
      {(templates.data?.data.length ?? 0) > 8 && (
        <TextField quiet type="search" label={t('new.search')} placeholder={t('new.search')} value={text} onChange={setText} />
      )}
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
        {shown?.map(each => {
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
