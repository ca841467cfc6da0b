import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Monitor, Smartphone } from 'lucide-react'
import { useId, useState } from 'react'
import type { Campaign } from '../../api/contract.ts'
import { api, Refusal } from '../api/client.ts'
import { useApi } from '../api/queries.ts'
import { Segmented } from '../parts/basics.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { useKept, useSettled } from '../parts/state.ts'
import { TestSendForm } from '../parts/test-send.tsx'
import { useMay } from '../session.ts'
import { useWords } from '../texts/index.ts'
import { Inbox, Mail, type Rendered, Sms } from './rendered.tsx'

/** What a chosen customer will read, of the text as it is being written; variants side by side. */
export function MessagePreview({
  campaign,
  step,
  variants,
  document,
}: {
  campaign: string
  step: string
  variants: readonly (string | undefined)[]
  document: Campaign
}) {
  const { t } = useWords()
  const list = useId()
  const some = useApi<{ data: { externalId: string }[] }>('/v1/customers?limit=20', ['customers'])
  const [kept, setKept] = useKept<string>('previewCustomer', '')
  const customer = useSettled(kept || some.data?.data[0]?.externalId || '', 350)
  const [width, setWidth] = useState<'desktop' | 'mobile'>('desktop')
  const settled = useSettled(document)
  return (
    <section className="preview stack tight" aria-label={t('preview.title')}>
      <div className="row">
        <h4 className="grow">{t('preview.title')}</h4>
        <Segmented
          label={t('preview.width')}
          value={width}
          onChange={setWidth}
          options={[
            ['desktop', <Monitor key="d" size={15} aria-label={t('preview.desktop')} />],
            ['mobile', <Smartphone key="m" size={15} aria-label={t('preview.mobile')} />],
          ]}
        />
      </div>
      <div className="row">
        <label className="small quiet" htmlFor={`${list}-who`}>
          {t('preview.for')}
        </label>
        <input
          id={`${list}-who`}
          className="input inline"
          style={{ width: 180 }}
          list={list}
          value={kept}
          placeholder={some.data?.data[0]?.externalId ?? t('preview.customer')}
          onChange={event => setKept(event.target.value)}
        />
        <datalist id={list}>
          {some.data?.data.map(each => (
            <option key={each.externalId} value={each.externalId} />
          ))}
        </datalist>
      </div>
      <div className={variants.length > 1 ? 'side-by-side' : ''}>
        {variants.map(variant => (
          <One
            key={variant ?? ''}
            campaign={campaign}
            step={step}
            variant={variant}
            document={settled}
            customer={customer}
            width={width}
          />
        ))}
      </div>
    </section>
  )
}

function One({
  campaign,
  step,
  variant,
  document,
  customer,
  width,
}: {
  campaign: string
  step: string
  variant: string | undefined
  document: Campaign
  customer: string
  width: 'desktop' | 'mobile'
}) {
  const { t } = useWords()
  const mayLaunch = useMay('launch')
  const { data, error } = useQuery<Rendered, Refusal>({
    queryKey: [`/v1/campaigns/${campaign}/preview`, document, customer, step, variant],
    queryFn: ({ signal }) =>
      api.post(`/v1/campaigns/${campaign}/preview`, { customer, step, document, ...(variant ? { variant } : {}) }, { signal }),
    enabled: customer !== '',
    retry: false,
    placeholderData: keepPreviousData,
  })
  if (customer === '') return <p className="quiet small">{t('preview.nobody')}</p>
  return (
    <div className="stack tight">
      {variant && <p className="small quiet">{t('journey.variant', { key: variant })}</p>}
      {error instanceof Refusal && <ProblemNotice error={error} />}
      {data?.channel === 'email' && <Mail message={data} width={width} />}
      {data?.channel === 'sms' && <Sms message={data} />}
      {data?.channel === 'inApp' && <Inbox message={data} />}
      {mayLaunch && data && data.channel !== 'inApp' && (
        <details>
          <summary className="small">{t('test.message')}</summary>
          <TestSendForm channel={data.channel} message={{ campaign, customer, step, ...(variant ? { variant } : {}) }} />
        </details>
      )}
    </div>
  )
}
