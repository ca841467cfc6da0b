import { useWords } from '../texts/index.ts'

interface Common {
  to: string | null
  from: string | null
}
export type Rendered =
  | (Common & { channel: 'email'; subject: string; preheader: string | null; html: string; text: string })
  | (Common & { channel: 'sms'; body: string; segments: number; encoding: string })
  | (Common & { channel: 'inApp'; title: string; body: string; action: string | null; actionLabel: string | null })

/** An e-mail as its reader sees it; it can run nothing and reach nothing but pictures. */
export function Mail({
  message,
  width,
}: {
  message: Pick<Extract<Rendered, { channel: 'email' }>, 'subject' | 'preheader' | 'html'> & { to: string | null }
  width: 'desktop' | 'mobile'
}) {
  const { t } = useWords()
  return (
    <article className={`mail ${width}`}>
      <header>
        <strong>{message.subject}</strong>
        {message.preheader && <span className="quiet clip">{message.preheader}</span>}
        <span className="small quiet">{message.to ? t('preview.to', { to: message.to }) : t('preview.noAddress')}</span>
      </header>
      <iframe
        title={t('preview.mail')}
        sandbox=""
        srcDoc={`<meta name="color-scheme" content="light"><base target="_blank"><style>body{font:15px/1.55 system-ui,sans-serif;margin:16px;background:#fff;color:#1b201d}</style>${message.html}`}
      />
    </article>
  )
}

export function Sms({ message }: { message: { body: string; segments?: number; encoding?: string; to: string | null } }) {
  const { t } = useWords()
  return (
    <article className="phone">
      <p className="bubble">{message.body}</p>
      <p className="small quiet">
        {message.segments !== undefined && t('preview.segments', { n: message.segments, encoding: message.encoding ?? '' })}{' '}
        {message.to ?? t('preview.noAddress')}
      </p>
    </article>
  )
}

export function Inbox({
  message,
}: {
  message: { title: string; body: string; action?: string | null; actionLabel?: string | null }
}) {
  return (
    <article className="in-app">
      <strong>{message.title}</strong>
      <p>{message.body}</p>
      {message.action && <span className="button small primary">{message.actionLabel ?? message.action}</span>}
    </article>
  )
}
