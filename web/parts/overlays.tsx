import * as RadixDialog from '@radix-ui/react-dialog'
import * as RadixMenu from '@radix-ui/react-dropdown-menu'
import * as RadixPopover from '@radix-ui/react-popover'
import * as RadixTooltip from '@radix-ui/react-tooltip'
import { Info, type LucideIcon, X } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useWords } from '../texts/index.ts'
import { Button, IconButton, TextField } from './basics.tsx'
import { ProblemNotice } from './problem.tsx'

interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  lead?: ReactNode
  wide?: boolean
  footer?: ReactNode
  children?: ReactNode
  onSubmit?: () => void
}

export function Dialog({ open, onClose, title, lead, wide, footer, children, onSubmit }: DialogProps) {
  const { t } = useWords()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    onSubmit?.()
  }
  const inside = (
    <>
      <header>
        <RadixDialog.Title asChild>
          <h2>{title}</h2>
        </RadixDialog.Title>
        <RadixDialog.Close asChild>
          <IconButton icon={X} label={t('common.close')} />
        </RadixDialog.Close>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="dialog-body" tabIndex={0} style={{ outline: 'none' }}>
        {lead && (
          <RadixDialog.Description asChild>
            <div className="quiet">{lead}</div>
          </RadixDialog.Description>
        )}
        {children}
      </div>
      {footer && <footer>{footer}</footer>}
    </>
  )
  return (
    <RadixDialog.Root open={open} onOpenChange={now => now || onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="overlay" />
        <RadixDialog.Content
          onOpenAutoFocus={focusFirst}
          className={`dialog${wide ? ' wide' : ''}`}
          {...(lead ? {} : { 'aria-describedby': undefined })}
        >
          {onSubmit ? (
            <form onSubmit={submit} style={{ display: 'contents' }}>
              {inside}
            </form>
          ) : (
            inside
          )}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

/** Into the first field, where there is one: who opens a form wants to write. */
function focusFirst(event: Event): void {
  const field = (event.currentTarget as HTMLElement | null)?.querySelector<HTMLElement>(
    '.dialog-body input, .dialog-body select, .dialog-body textarea, .template',
  )
  if (!field) return
  event.preventDefault()
  field.focus()
}

interface ConfirmProps {
  open: boolean
  onClose: () => void
  title: string
  lead: ReactNode
  action: string
  danger?: boolean
  /** What must be typed first, for what cannot be taken back. */
  type?: string
  run: () => Promise<unknown>
}

export function Confirm({ open, onClose, title, lead, action, danger, type, run }: ConfirmProps) {
  const { t } = useWords()
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const close = () => {
    setTyped('')
    setError(undefined)
    onClose()
  }
  const go = () => {
    if (busy || (type !== undefined && typed !== type)) return
    setBusy(true)
    setError(undefined)
    run()
      .then(close, setError)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      lead={lead}
      onSubmit={go}
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} disabled={busy || (type !== undefined && typed !== type)}>
            {action}
          </Button>
        </>
      }
    >
      {type !== undefined && (
        <TextField label={t('common.typeToConfirm', { what: type })} value={typed} onChange={setTyped} autoComplete="off" />
      )}
      <ProblemNotice error={error} />
    </Dialog>
  )
}

export interface MenuEntry {
  text: string
  icon?: LucideIcon
  keys?: string
  danger?: boolean
  disabled?: boolean
  run: () => void
}

/** A button that opens a list of actions; `null` draws a line. */
export function Menu({
  trigger,
  entries,
  label,
  align = 'end',
}: {
  trigger: ReactNode
  entries: readonly (MenuEntry | string | null)[]
  label?: string
  align?: 'start' | 'end'
}) {
  return (
    <RadixMenu.Root modal={false}>
      <RadixMenu.Trigger asChild>{trigger}</RadixMenu.Trigger>
      <RadixMenu.Portal>
        <RadixMenu.Content
          className="menu"
          align={align}
          sideOffset={5}
          collisionPadding={8}
          {...(label ? { 'aria-label': label } : {})}
        >
          {entries.map((entry, i) =>
            entry === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name
              <RadixMenu.Separator asChild key={i}>
                <hr />
              </RadixMenu.Separator>
            ) : typeof entry === 'string' ? (
              <RadixMenu.Label className="menu-label" key={entry}>
                {entry}
              </RadixMenu.Label>
            ) : (
              <RadixMenu.Item
                key={entry.text}
                className={`menu-item${entry.danger ? ' danger' : ''}`}
                disabled={entry.disabled ?? false}
                onSelect={entry.run}
              >
                {entry.icon && <entry.icon size={15} aria-hidden />}
                {entry.text}
                {entry.keys && <kbd>{entry.keys}</kbd>}
              </RadixMenu.Item>
            ),
          )}
        </RadixMenu.Content>
      </RadixMenu.Portal>
    </RadixMenu.Root>
  )
}

/** More about something: on hover, and on a click for fingers and keyboards, which cannot hover. */
export function More({ label, children }: { label: string; children: ReactNode }) {
  return (
    <RadixPopover.Root>
      <Tip text={children}>
        <RadixPopover.Trigger asChild>
          <IconButton icon={Info} label={label} title="" small />
        </RadixPopover.Trigger>
      </Tip>
      <RadixPopover.Portal>
        <RadixPopover.Content className="popover" sideOffset={5} collisionPadding={10} aria-label={label}>
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  )
}

function Tip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <RadixTooltip.Root delayDuration={250}>
      <RadixTooltip.Trigger asChild>{children}</RadixTooltip.Trigger>
      <RadixTooltip.Portal>
        <RadixTooltip.Content className="tip" sideOffset={5} collisionPadding={8}>
          {text}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  )
}
