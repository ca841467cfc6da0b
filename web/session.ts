import { createContext, use } from 'react'
import type { SessionView } from '../api/contract.ts'

export const SessionContext = createContext<SessionView | null>(null)

export function useSession(): SessionView {
  const session = use(SessionContext)
  if (!session) throw new Error('used outside a session')
  return session
}

const may = {
  draft: ['owner', 'author', 'approver'],
  launch: ['owner', 'approver'],
  manage: ['owner'],
} as const

/** Whether the reader's role allows something; the API holds it in any case. */
export const useMay = (what: keyof typeof may): boolean => (may[what] as readonly string[]).includes(useSession().role)
