import { Badge, Card, Notice } from '../../parts/basics.tsx'
import { useSession } from '../../session.ts'
import { useWords } from '../../texts/index.ts'
import { TestSend } from './test-send.tsx'

/** Who carries the messages, and where providers report. */
export function Channels() {
  const { t } = useWords()
  const { channels, publicUrl } = useSession()
  const sandboxed = Object.values(channels).includes('sandbox')
  return (
    <div className="stack">
      <Card title={t('settings.channels')}>
        <dl className="facts">
          {(['email', 'sms', 'inApp'] as const).map(channel => (
            <Fact key={channel} name={t(`channel.${channel}`)}>
              <Badge look={channels[channel] === 'sandbox' ? 'warn' : 'good'}>
                {t(`provider.${channels[channel] as 'sandbox' | 'sendgrid' | 'twilio' | 'inbox'}`)}
              </Badge>
            </Fact>
          ))}
        </dl>
      </Card>
      <TestSend />
      {sandboxed && <Notice>{t('settings.sandbox')}</Notice>}
      <Card title={t('settings.webhooks')}>
        <p className="hint" style={{ marginBottom: 10 }}>
          {t('settings.webhooksHint')}
        </p>
        <dl className="facts">
          <Fact name="SendGrid">
            <code>{publicUrl}/webhooks/sendgrid/events</code>
          </Fact>
          <Fact name="Twilio">
            <code>{publicUrl}/webhooks/twilio/status</code>
            <br />
            <code>{publicUrl}/webhooks/twilio/inbound</code>
          </Fact>
          <Fact name="Stripe">
            <code>{publicUrl}/webhooks/stripe</code>
          </Fact>
        </dl>
      </Card>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
