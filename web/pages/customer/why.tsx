import { useState } from 'react'
import { useApi } from '../../api/queries.ts'
import { Card } from '../../parts/basics.tsx'
import { PickCampaign } from '../../parts/pick.tsx'
import { Answered } from '../../parts/problem.tsx'
import { type Explanation, Story } from '../../parts/story.tsx'
import { useWords } from '../../texts/index.ts'

/** Why they got what they got from a campaign, or did not. */
export function Why({ customer }: { customer: string }) {
  const { t } = useWords()
  const [campaign, setCampaign] = useState('')
  return (
    <Card title={t('people.title')}>
      <div className="stack">
        <PickCampaign
          quiet
          label={t('customer.whichCampaign')}
          value={campaign}
          none={t('customer.whichCampaign')}
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
