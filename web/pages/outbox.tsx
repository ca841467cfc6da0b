export default function Soon(_: Record<string, unknown>) {
  return null
}
export interface OutboxItem {
  message: string
  channel: 'email' | 'sms' | 'inApp'
  to: string
  title: string
  content: Record<string, unknown>
  at: string
  customer: string
  campaign: { id: string; name: string }
  step: string
  variant: string | null
  status: string
  links: string[]
}
