import { Link } from 'wouter'
import { type Page, useApi } from '../../api/queries.ts'
import { Badge, Card } from '../../parts/basics.tsx'
import { Answered } from '../../parts/problem.tsx'
import { useWords } from '../../texts/index.ts'

interface Account {
  balance: number
  earned: number
  tier: string | null
  next?: { name: string; missing: number }
}
interface Entry {
  points: number
  reason: string | null
  at: string
}
interface Grant {
  key: string
  value: string | number
  status: 'open' | 'redeemed' | 'expired'
  grantedAt: string
  expiresAt?: string
  redeemedAt?: string
}

const looks = { open: 'info', redeemed: 'good', expired: undefined } as const

/** Points and offers of one customer. */
export function Rewards({ customer }: { customer: string }) {
  const { t } = useWords()
  const path = `/v1/customers/${encodeURIComponent(customer)}`
  const account = useApi<Account>(`${path}/loyalty`, ['rewards'])
  const offers = useApi<Page<Grant>>(`${path}/offers`, ['rewards'])
  const quiet = account.data?.earned === 0 && offers.data?.data.length === 0
  return (
    <Card
      title={t('rewards.ofCustomer')}
      actions={
        <Link href="/rewards" className="small">
          {t('nav.rewards')}
        </Link>
      }
    >
      {quiet ? (
        <p className="quiet">{t('rewards.nothing')}</p>
      ) : (
        <div className="stack">
          <Answered of={account} lines={2}>
            {data => data.earned > 0 && <Points account={data} path={path} />}
          </Answered>
          <Answered of={offers} lines={1}>
            {({ data }) => data.length > 0 && <Offers grants={data} />}
          </Answered>
        </div>
      )}
    </Card>
  )
}

function Points({ account, path }: { account: Account; path: string }) {
  const { t, number, date } = useWords()
  const entries = useApi<Page<Entry>>(`${path}/loyalty/entries?limit=5`, ['rewards'])
  return (
    <div className="stack tight">
      <p className="row">
        <strong className="num">{t('step.awardText', { n: account.balance })}</strong>
        {account.tier && <Badge look="good">{account.tier}</Badge>}
        <span className="small quiet">{t('rewards.earnedInAll', { n: account.earned })}</span>
      </p>
      {account.next && <p className="small quiet">{t('rewards.next', { n: account.next.missing, name: account.next.name })}</p>}
      <ul className="stack tight">
        {entries.data?.data.map(entry => (
          <li key={entry.at + entry.points + entry.reason} className="row small">
            <span className="num">{`${entry.points > 0 ? '+' : ''}${number(entry.points)}`}</span>
            <span className="grow">{entry.reason}</span>
            <span className="quiet">{date(entry.at)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Offers({ grants }: { grants: Grant[] }) {
  const { t, date } = useWords()
  return (
    <ul className="stack tight">
      {grants.slice(0, 12).map(grant => (
        <li key={grant.key + grant.grantedAt} className="row">
          <span className="grow">
            {grant.key}: {String(grant.value)}
            <span className="small quiet" style={{ display: 'block' }}>
              {grant.redeemedAt
                ? t('rewards.redeemedAt', { at: date(grant.redeemedAt) })
                : grant.expiresAt
                  ? t('rewards.expires', { at: date(grant.expiresAt) })
                  : t('rewards.since', { at: date(grant.grantedAt) })}
            </span>
          </span>
          <Badge look={looks[grant.status]}>{t(`rewards.is.${grant.status}`)}</Badge>
        </li>
      ))}
    </ul>
  )
}
