import * as RadixTooltip from '@radix-ui/react-tooltip'
import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import type { SessionView } from '../api/contract.ts'
import { api, askIn, onSignedOut } from './api/client.ts'
import { useLive } from './api/live.ts'
import { client } from './api/queries.ts'
import { askSession } from './early.ts'
import { SignIn } from './pages/sign-in.tsx'
import { Loading } from './parts/basics.tsx'
import { Boundary } from './parts/boundary.tsx'
import { useKept } from './parts/state.ts'
import { Toasts } from './parts/toast.tsx'
import { SessionContext } from './session.ts'
import { NotFound, Shell } from './shell.tsx'
import { en, type Texts } from './texts/en.ts'
import { type Language, loadTexts, WordsContext, wordsOf } from './texts/index.ts'

const Overview = lazy(() => import('./pages/overview.tsx'))
const Campaigns = lazy(() => import('./pages/campaigns.tsx'))
const Campaign = lazy(() => import('./pages/campaign/index.tsx'))
const Segments = lazy(() => import('./pages/segments.tsx'))
const Segment = lazy(() => import('./pages/segment.tsx'))
const Customers = lazy(() => import('./pages/customers.tsx'))
const Customer = lazy(() => import('./pages/customer/index.tsx'))
const Retention = lazy(() => import('./pages/retention/index.tsx'))
const Impact = lazy(() => import('./pages/impact.tsx'))
const Rewards = lazy(() => import('./pages/rewards.tsx'))
const Outbox = lazy(() => import('./pages/outbox.tsx'))
const Imports = lazy(() => import('./pages/imports.tsx'))
const Tasks = lazy(() => import('./pages/tasks.tsx'))
const Uncertain = lazy(() => import('./pages/uncertain.tsx'))
const Settings = lazy(() => import('./pages/settings/index.tsx'))

export function App() {
  const [language, setLanguage] = useKept<Language>('language', navigator.language.startsWith('sv') ? 'sv' : 'en')
  const [texts, setTexts] = useState<Texts | undefined>(language === 'en' ? en : undefined)
  // Before anything is asked: what a child asks for as it appears comes in this language.
  askIn(language)
  const asked = useRef(language)
  useEffect(() => {
    document.documentElement.lang = language
    // What was answered in another language is asked again.
    if (asked.current !== language) void client.invalidateQueries()
    asked.current = language
    loadTexts(language).then(setTexts, () => setTexts(en))
  }, [language])
  const words = useMemo(() => texts && wordsOf(language, texts), [language, texts])
  if (!words) return null
  return (
    <WordsContext value={words}>
      <QueryClientProvider client={client}>
        <RadixTooltip.Provider>
          <Doorway setLanguage={setLanguage} />
          <Toasts />
        </RadixTooltip.Provider>
      </QueryClientProvider>
    </WordsContext>
  )
}

/** Nobody passes without a session; who is signed out comes back to where they were. */
function Doorway({ setLanguage }: { setLanguage: (language: Language) => void }) {
  const [session, setSession] = useState<SessionView | null | undefined>()
  // Whether somebody was signed in, and is no longer.
  const [over, setOver] = useState(false)
  const [place, go] = useLocation()
  useEffect(() => {
    onSignedOut(() => {
      setOver(true)
      setSession(null)
    })
    askSession().then(setSession, () => setSession(null))
  }, [])
  useLive(client, Boolean(session))
  if (session === undefined) return null
  if (session === null)
    return (
      <SignIn
        over={over}
        done={now => {
          client.clear()
          setOver(false)
          setSession(now)
          if (place.startsWith('/sign-in')) go('/', { replace: true })
        }}
      />
    )
  const leave = () => void api.delete('/v1/session').then(() => setSession(null))
  return (
    <SessionContext value={session}>
      <Shell leave={leave} setLanguage={setLanguage}>
        <Boundary place={place}>
          <Suspense fallback={<Loading lines={6} />}>
            <Switch>
              <Route path="/">
                <Overview />
              </Route>
              <Route path="/campaigns">
                <Campaigns />
              </Route>
              <Route path="/campaigns/:id/:tab?">{({ id, tab }) => <Campaign key={id} id={id} tab={tab} />}</Route>
              <Route path="/segments">
                <Segments />
              </Route>
              <Route path="/segments/:key">{({ key }) => <Segment key={key} segmentKey={decodeURIComponent(key)} />}</Route>
              <Route path="/customers">
                <Customers />
              </Route>
              <Route path="/customers/:id">{({ id }) => <Customer key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/retention/:metric?">{({ metric }) => <Retention metric={metric} />}</Route>
              <Route path="/impact">
                <Impact />
              </Route>
              <Route path="/rewards">
                <Rewards />
              </Route>
              <Route path="/outbox">
                <Outbox />
              </Route>
              <Route path="/imports/:id?">{({ id }) => <Imports id={id} />}</Route>
              <Route path="/tasks">
                <Tasks />
              </Route>
              <Route path="/uncertain">
                <Uncertain />
              </Route>
              <Route path="/settings/:part?">{({ part }) => <Settings part={part} />}</Route>
              <Route path="/sign-in">
                <Redirect to="/" />
              </Route>
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </Shell>
    </SessionContext>
  )
}
