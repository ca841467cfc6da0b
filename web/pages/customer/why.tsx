import { useState } from 'react'
import { useApi, useCampaigns } from '../../api/queries.ts'
import { Card, Select } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { type Explanation, Story } from '../../parts/story.tsx'
import { useWords } from '../../texts/index.ts'

/** Why they got what they got from a campaign, or did not. */
export function Why({ customer }: { customer: string }) {
  const { t } = useWords()
  const campaigns = useCampaigns()
  const [campaign, setCampaign] = useState('')
  return (
    <Card title={t('people.title')}>
      <div className="stack">
        <Select
          quiet
          label={t('customer.whichCampaign')}
          value={campaign}
          options={[
            ['', t('customer.whichCampaign')],
            ...(campaigns.data?.data.map(each => [each.id, each.name] as const) ?? []),
          ]}
          onChange={setCampaign}
        />
        {campaign && <Explained campaign={campaign} customer={customer} />}
      </div>
    </Card>
  )
}

function Explained({ campaign, customer }: { campaign: string; customer: string }) {
  const explanation = useApi<Explanation>(`/v1/campaigns/${campaign}/explain?customer=${encodeURIComponent(customer)}`, [
    'runs',
    'messages',
  ])
  return <Answered of={explanation}>{data => <Story explanation={data} />}</Answered>
}
