import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { type CampaignView, useApi } from '../../api/queries.ts'
import { Button, Card, TextField } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { type Explanation, Story } from '../../parts/story.tsx'
import { useWords } from '../../texts/index.ts'

/** Why one person got what they got, or did not. */
export default function People({ campaign }: { campaign: CampaignView }) {
  const { t } = useWords()
  const [text, setText] = useState('')
  const [customer, setCustomer] = useState('')
  const go = (event: FormEvent) => {
    event.preventDefault()
    setCustomer(text.trim())
  }
  return (
    <div className="stack">
      <Card title={t('people.title')}>
        <form className="row top" onSubmit={go}>
          <TextField label={t('people.customer')} hint={t('people.hint')} value={text} onChange={setText} />
          <Button type="submit" look="primary" disabled={!text.trim()} style={{ marginTop: 24 }}>
            {t('people.ask')}
          </Button>
        </form>
      </Card>
      {customer && <Explained campaign={campaign.id} customer={customer} />}
    </div>
  )
}

function Explained({ campaign, customer }: { campaign: string; customer: string }) {
  const explanation = useApi<Explanation>(`/v1/campaigns/${campaign}/explain?customer=${encodeURIComponent(customer)}`, [
    'runs',
    'messages',
  ])
  return (
    <Card title={<Link href={`/customers/${encodeURIComponent(customer)}`}>{customer}</Link>}>
      <Answered of={explanation}>{data => <Story explanation={data} />}</Answered>
    </Card>
  )
}
