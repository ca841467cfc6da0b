import {
  ArrowRightLeft,
  Bell,
  Clock,
  Gift,
  GitBranch,
  Hourglass,
  ListTodo,
  LogOut,
  Mail,
  MessageSquare,
  PenLine,
  Star,
  ThumbsUp,
  Webhook,
} from 'lucide-react'
import type { Step } from '../../api/contract.ts'

const kinds = {
  wait: Clock,
  await: Hourglass,
  branch: GitBranch,
  split: ArrowRightLeft,
  set: PenLine,
  award: Star,
  offer: Gift,
  task: ListTodo,
  webhook: Webhook,
  survey: ThumbsUp,
  exit: LogOut,
}
const channels = { email: Mail, sms: MessageSquare, inApp: Bell }

export const iconOf = (step: Pick<Step, 'kind'> & { channel?: string }) =>
  step.kind === 'message' ? channels[(step.channel ?? 'email') as keyof typeof channels] : kinds[step.kind]
