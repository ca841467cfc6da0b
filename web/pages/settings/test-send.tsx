import { useState } from 'react'
import { Card, Select } from '../../parts/basics.tsx'
import { TestSendForm } from '../../parts/test-send.tsx'
import { useMay } from '../../session.ts'
import { useWords } from '../../texts/index.ts'

/** Tries a channel out. */
export function TestSend() {
  const { t } = useWords()
  const mayLaunch = useMay('launch')
  const [channel, setChannel] = useState<'email' | 'sms'>('email')
  return (
    <Card title={t('test.title')}>
      <div className="stack">
        <p className="quiet">{t('test.lead')}</p>
        {mayLaunch ? (
          <>
            <div style={{ width: 200 }}>
              <Select
                label={t('rule.channel')}
                value={channel}
                options={(['email', 'sms'] as const).map(each => [each, t(`channel.${each}`)] as const)}
                onChange={setChannel}
              />
            </div>
            <TestSendForm key={channel} channel={channel} />
          </>
        ) : (
          <p className="small quiet">{t('test.mayNot')}</p>
        )}
        <p className="small quiet">{t('test.inApp')}</p>
      </div>
    </Card>
  )
}
