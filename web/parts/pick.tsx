import * as RadixPopover from '@radix-ui/react-popover'
import { type KeyboardEvent, type UIEvent, useId, useRef, useState } from 'react'
import { type CampaignView, type SegmentView, useApi, usePages } from '../api/queries.ts'
import { useWords } from '../texts/index.ts'
import { Field } from './basics.tsx'
import { useSettled } from './state.ts'

interface PickProps {
  label: string
  /** Label for readers of screens only. */
  quiet?: boolean
  fault?: string | undefined
  value: string
  onChange: (value: string) => void
  /** What choosing nothing means; without it something must be chosen. */
  none?: string
  /** In a line of a rule. */
  inline?: boolean
}

interface Source extends PickProps {
  /** The chosen one, by name. */
  name: string | undefined
  options: readonly (readonly [key: string, name: string])[] | undefined
  loading: boolean
  more?: (() => void) | undefined
  text: string
  search: (text: string) => void
  open: boolean
  setOpen: (open: boolean) => void
}

const pageSize = 50

/** One of any number of segments, searched for by the server. */
export function PickSegment(props: PickProps) {
  const search = useSearching()
  const list = usePages<SegmentView>('/v1/segments', { q: search.q }, ['segments'], pageSize, { off: !search.open })
  const path = `/v1/segments/${encodeURIComponent(props.value)}`
  const chosen = useApi<SegmentView>(path, ['segments'], { off: props.value === '' })
  const options = list.data?.map(each => [each.key, each.name] as const)
  return <Pick {...props} {...search} {...paging(list)} options={options} name={chosen.data?.name} />
}

/** One of any number of campaigns, searched for by the server. */
export function PickCampaign({ status, ...props }: PickProps & { status?: 'ran' }) {
  const search = useSearching()
  const query = { q: search.q, brief: 'true', status }
  const list = usePages<CampaignView>('/v1/campaigns', query, ['campaigns'], pageSize, { off: !search.open })
  const chosen = useApi<CampaignView>(`/v1/campaigns/${props.value}`, ['campaigns'], { off: props.value === '' })
  const options = list.data?.map(each => [each.id, each.name] as const)
  return <Pick {...props} {...search} {...paging(list)} options={options} name={chosen.data?.name} />
}

function useSearching() {
  const [open, setOpen] = useState(false)
  const [text, search] = useState('')
  const q = useSettled(text.trim(), 200)
  return { open, setOpen, text, search, q }
}

const paging = (list: ReturnType<typeof usePages>) => ({
  loading: list.isFetching,
  more: list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined,
})

/** A field that lists what it finds: typed into, walked by arrows, chosen by Enter or a click. */
function Pick({ label, quiet, fault, value, onChange, none, inline, ...of }: Source) {
  const { t } = useWords()
  const list = useId()
  const field = useRef<HTMLInputElement>(null)
  const [at, setAt] = useState(0)
  const { open, text } = of
  const shown = [...(none !== undefined && text === '' ? [['', none] as const] : []), ...(of.options ?? [])]
  const active = Math.min(at, shown.length - 1)
  const close = () => {
    of.setOpen(false)
    of.search('')
    setAt(0)
  }
  const choose = (key: string) => {
    close()
    if (key !== value) onChange(key)
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      if (!open) return of.setOpen(true)
      const next = Math.max(0, Math.min(shown.length - 1, active + step))
      setAt(next)
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' })
      if (next >= shown.length - 5) of.more?.()
    } else if (event.key === 'Enter' && open) {
      event.preventDefault()
      if (shown[active]) choose(shown[active][0])
    } else if (event.key === 'Escape' && open) {
      event.preventDefault()
      event.stopPropagation()
      close()
    }
  }
  const scroll = ({ currentTarget: box }: UIEvent<HTMLElement>) => {
    if (box.scrollTop + box.clientHeight > box.scrollHeight - 120) of.more?.()
  }
  return (
    <Field label={label} quiet={quiet ?? false} fault={fault} {...(inline ? { className: 'inline' } : {})}>
      {props => (
        <RadixPopover.Root open={open} onOpenChange={now => (now ? of.setOpen(true) : close())}>
          <RadixPopover.Anchor asChild>
            <input
              {...props}
              ref={field}
              className="select pick"
              role="combobox"
              aria-expanded={open}
              aria-autocomplete="list"
              {...(open ? { 'aria-controls': list } : {})}
              {...(open && shown[active] ? { 'aria-activedescendant': `${list}-${active}` } : {})}
              autoComplete="off"
              spellCheck={false}
              placeholder={of.name ?? (value || none || t('pick.search'))}
              value={open ? text : value === '' ? (none ?? '') : (of.name ?? value)}
              onClick={() => of.setOpen(true)}
              onChange={event => {
                of.setOpen(true)
                of.search(event.target.value)
                setAt(0)
              }}
              onKeyDown={press}
              onBlur={close}
            />
          </RadixPopover.Anchor>
          <RadixPopover.Portal>
            <RadixPopover.Content
              className="menu pick-list"
              align="start"
              sideOffset={4}
              aria-label={label}
              onOpenAutoFocus={event => event.preventDefault()}
              onCloseAutoFocus={event => event.preventDefault()}
              onInteractOutside={event => field.current?.contains(event.target as Node) && event.preventDefault()}
              onScroll={scroll}
            >
              <div role="listbox" id={list} aria-label={label}>
                {shown.map(([key, name], i) => (
                  <div
                    key={key}
                    id={`${list}-${i}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={key === value}
                    className="menu-item"
                    {...(i === active ? { 'data-highlighted': '' } : {})}
                    onPointerMove={() => setAt(i)}
                    // The field keeps the focus.
                    onPointerDown={event => event.preventDefault()}
                    onMouseDown={event => event.preventDefault()}
                    onClick={() => choose(key)}
                    onKeyDown={press}
                  >
                    <span className="clip">{name}</span>
                    {key === value && <kbd aria-hidden>✓</kbd>}
                  </div>
                ))}
              </div>
              {shown.length === 0 && (
                <p className="menu-label" role="status">
                  {of.loading || !of.options ? t('common.loading') : t('common.nothingMatches')}
                </p>
              )}
            </RadixPopover.Content>
          </RadixPopover.Portal>
        </RadixPopover.Root>
      )}
    </Field>
  )
}
