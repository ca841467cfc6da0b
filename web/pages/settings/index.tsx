import { PageHead, Tabs } from '../../parts/basics.tsx'
import { useMay } from '../../session.ts'
import { useTitleOf } from '../../shell.tsx'
import { useWords } from '../../texts/index.ts'
import { Audit } from './audit.tsx'
import { Channels } from './channels.tsx'
import { General } from './general.tsx'
import { Keys } from './keys.tsx'
import { Suppressions } from './suppressions.tsx'
import { Team } from './team.tsx'

const parts = { general: General, channels: Channels, suppressions: Suppressions, team: Team, keys: Keys, audit: Audit } as const
const forAll: readonly string[] = ['general', 'channels', 'suppressions']
const names = Object.keys(parts) as (keyof typeof parts)[]

/** What holds for the whole installation. */
export default function Settings({ part }: { part: string | undefined }) {
  const { t } = useWords()
  const mayManage = useMay('manage')
  const shown = names.find(each => each === part) ?? 'general'
  const Part = parts[shown]
  useTitleOf('nav.settings')
  return (
    <>
      <PageHead title={t('nav.settings')} lead={t('settings.lead')} />
      <Tabs
        label={t('nav.settings')}
        tabs={names
          .filter(each => mayManage || forAll.includes(each))
          .map(each => ({
            to: `/settings${each === 'general' ? '' : `/${each}`}`,
            text: t(`settings.${each}`),
            chosen: each === shown,
          }))}
      />
      <Part />
    </>
  )
}
