import { RefreshCw } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { useWords } from '../texts/index.ts'
import { Button, Empty } from './basics.tsx'

// As Chromium, Firefox and Safari say that a part of the page could not be fetched.
const missing = /dynamically imported module|importing a module script failed/i
const mark = 'perennial.loadedAnewAt'
const againAfterMs = 60_000

/** Loads the page anew, unless that was tried a moment ago; what is not saved is kept in the browser. Says whether it does. */
function loadAnew(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(mark) ?? 0) < againAfterMs) return false
    sessionStorage.setItem(mark, String(Date.now()))
  } catch {
    return false
  }
  location.reload()
  return true
}

/**
 * Holds what went wrong while drawing, so that the rest of the page stands. A part that is no longer there, because the server has a newer
 * page than this tab, is answered by loading the page anew. `place` names what is drawn: another one is tried again.
 */
export class Boundary extends Component<{ place: string; children: ReactNode }, { error?: unknown; place: string }> {
  override state: { error?: unknown; place: string } = { place: this.props.place }
  static getDerivedStateFromError(error: unknown) {
    return { error }
  }
  static getDerivedStateFromProps({ place }: { place: string }, state: { place: string }) {
    return place === state.place ? null : { error: undefined, place }
  }
  override componentDidCatch(error: unknown) {
    if (missing.test(String(error))) loadAnew()
  }
  override render() {
    const { error } = this.state
    return error === undefined ? this.props.children : <Failed gone={missing.test(String(error))} />
  }
}

function Failed({ gone }: { gone: boolean }) {
  const { t } = useWords()
  return (
    <div className="card" role="alert">
      <Empty
        icon={RefreshCw}
        title={t(gone ? 'failed.gone' : 'failed.title')}
        actions={<Button onClick={() => location.reload()}>{t('failed.reload')}</Button>}
      >
        {t('failed.lead')}
      </Empty>
    </div>
  )
}
