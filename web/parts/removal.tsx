import { type ReactNode, useState } from 'react'
import { api } from '../api/client.ts'
import { refresh } from '../api/queries.ts'
import { useWords } from '../texts/index.ts'
import { Confirm } from './overlays.tsx'

interface Removed<Item> {
  title: (item: Item) => string
  lead: string
  /** Default: "Remove". */
  action?: string
  pathOf: (item: Item) => string
  versionOf?: (item: Item) => number
  /** Beginning of the paths to ask for again. */
  list: string
  then?: (item: Item) => void
}

/** What is removed from a list is asked about first: `ask` with the item, and `dialog` somewhere beside the list. */
export function useRemoval<Item>({ title, lead, action, pathOf, versionOf, list, then }: Removed<Item>): {
  ask: (item: Item) => void
  dialog: ReactNode
} {
  const { t } = useWords()
  const [doomed, ask] = useState<Item>()
  const dialog = (
    <Confirm
      open={doomed !== undefined}
      onClose={() => ask(undefined)}
      title={doomed === undefined ? '' : title(doomed)}
      lead={lead}
      action={action ?? t('common.remove')}
      danger
      run={async () => {
        if (doomed === undefined) return
        await api.delete(pathOf(doomed), versionOf?.(doomed))
        await refresh(list)
        then?.(doomed)
      }}
    />
  )
  return { ask, dialog }
}
