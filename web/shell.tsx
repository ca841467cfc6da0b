import * as RadixDialog from '@radix-ui/react-dialog'
import {
  AlertCircle,
  ArrowLeftRight,
  Gift,
  Inbox,
  LayoutGrid,
  LineChart,
  ListTodo,
  LogOut,
  Menu as MenuIcon,
  Moon,
  Scale,
  Send,
  Settings,
  Sprout,
  Sun,
  SunMoon,
  Users,
  UsersRound,
  WifiOff,
} from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useConnected, useNewer } from './api/live.ts'
import { Button, IconButton, LinkButton, Notice, PageHead } from './parts/basics.tsx'
import { Menu } from './parts/overlays.tsx'
import { useKept } from './parts/state.ts'
import { useSession } from './session.ts'
import { type Language, languages, type TextKey, useWords } from './texts/index.ts'

const places = [
  ['/', 'nav.overview', LayoutGrid],
  ['/campaigns', 'nav.campaigns', Send],
  ['/segments', 'nav.segments', UsersRound],
  ['/customers', 'nav.customers', Users],
  ['/retention', 'nav.retention', LineChart],
  ['/impact', 'nav.impact', Scale],
  ['/rewards', 'nav.rewards', Gift],
] as const
const behind = [
  ['/outbox', 'nav.outbox', Inbox],
  ['/tasks', 'nav.tasks', ListTodo],
  ['/uncertain', 'nav.uncertain', AlertCircle],
  ['/imports', 'nav.imports', ArrowLeftRight],
  ['/settings', 'nav.settings', Settings],
] as const

export function Brand() {
  return (
    <Link href="/" className="brand">
      <Sprout size={21} aria-hidden />
      Perennial
    </Link>
  )
}

export function Shell({
  leave,
  setLanguage,
  children,
}: {
  leave: () => void
  setLanguage: (language: Language) => void
  children: ReactNode
}) {
  const { t } = useWords()
  const [place] = useLocation()
  const [open, setOpen] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: wherever the reader goes, the drawer closes and the page begins at its top
  useEffect(() => {
    setOpen(false)
    window.scrollTo(0, 0)
  }, [place])
  const newer = useNewer()
  const side = <Side leave={leave} setLanguage={setLanguage} />
  return (
    <div className="shell">
      <a href="#main" className="skip">
        {t('shell.skip')}
      </a>
      <header className="topbar">
        <RadixDialog.Root open={open} onOpenChange={setOpen}>
          <RadixDialog.Trigger asChild>
            <IconButton icon={MenuIcon} label={t('shell.menu')} />
          </RadixDialog.Trigger>
          <RadixDialog.Portal>
            <RadixDialog.Overlay className="overlay" />
            <RadixDialog.Content className="drawer" aria-describedby={undefined}>
              <RadixDialog.Title className="hidden-text">{t('shell.menu')}</RadixDialog.Title>
              {side}
            </RadixDialog.Content>
          </RadixDialog.Portal>
        </RadixDialog.Root>
        <Brand />
      </header>
      <aside className="side" aria-label={t('shell.aside')}>
        {side}
      </aside>
      <main className="main" id="main" tabIndex={-1} style={{ outline: 'none' }}>
        <div className="main-inner">
          {newer && (
            <div role="status" style={{ marginBottom: 16 }}>
              <Notice>
                {t('shell.newer')}{' '}
                <Button small onClick={() => location.reload()}>
                  {t('shell.loadNewer')}
                </Button>
              </Notice>
            </div>
          )}
          {children}
        </div>
      </main>
    </div>
  )
}

function Side({ leave, setLanguage }: { leave: () => void; setLanguage: (language: Language) => void }) {
  const { t, language } = useWords()
  const session = useSession()
  const connected = useConnected()
  const [theme, setTheme] = useKept<'system' | 'light' | 'dark'>('theme', 'system')
  const paint = (next: typeof theme) => {
    setTheme(next)
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
  }
  return (
    <>
      <Brand />
      <nav className="nav" aria-label={t('shell.nav')}>
        {places.map(each => (
          <Place key={each[0]} place={each} />
        ))}
        <p className="nav-group">{t('nav.behind')}</p>
        {behind.map(each => (
          <Place key={each[0]} place={each} />
        ))}
      </nav>
      <div className="side-foot">
        {!connected && (
          <p className="small quiet row" style={{ padding: '0 10px' }} role="status">
            <WifiOff size={14} aria-hidden /> {t('shell.offline')}
          </p>
        )}
        <Menu
          align="start"
          trigger={
            <button type="button" className="who">
              <span className="avatar" aria-hidden>
                {session.role[0]}
              </span>
              <span className="who-text">
                <span style={{ fontWeight: 560 }}>{t(`role.${session.role}`)}</span>
                <br />
                <span className="small quiet">{session.label ?? t('shell.ownerKey')}</span>
              </span>
            </button>
          }
          entries={[
            t('shell.theme'),
            { text: t('shell.themeSystem'), icon: SunMoon, keys: theme === 'system' ? '✓' : '', run: () => paint('system') },
            { text: t('shell.themeLight'), icon: Sun, keys: theme === 'light' ? '✓' : '', run: () => paint('light') },
            { text: t('shell.themeDark'), icon: Moon, keys: theme === 'dark' ? '✓' : '', run: () => paint('dark') },
            null,
            t('shell.language'),
            ...Object.entries(languages).map(([key, text]) => ({
              text,
              keys: key === language ? '✓' : '',
              run: () => setLanguage(key as Language),
            })),
            null,
            { text: t('shell.leave'), icon: LogOut, run: leave },
          ]}
        />
      </div>
    </>
  )
}

function Place({ place: [to, key, Icon] }: { place: (typeof places)[number] | (typeof behind)[number] }) {
  const { t } = useWords()
  const [now] = useLocation()
  const here = to === '/' ? now === '/' : now.startsWith(to)
  return (
    <Link href={to} {...(here ? { 'aria-current': 'page' as const } : {})}>
      <Icon size={17} strokeWidth={1.8} aria-hidden />
      {t(key)}
    </Link>
  )
}

/** Sets the title of the window as long as a page stands. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Perennial` : 'Perennial'
  }, [title])
}

/** The title of the window by a text of the catalogue. */
export const useTitleOf = (key: TextKey): void => useTitle(useWords().t(key))

export function NotFound() {
  const { t } = useWords()
  useTitleOf('notFound.title')
  return (
    <PageHead
      title={t('notFound.title')}
      lead={t('notFound.lead')}
      actions={<LinkButton to="/">{t('notFound.home')}</LinkButton>}
    />
  )
}
