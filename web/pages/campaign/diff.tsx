import type { Campaign } from '../../../api/contract.ts'
import type { CampaignView } from '../../api/queries.ts'
import { documentOf } from '../../campaign/document.ts'
import { useWords } from '../../texts/index.ts'

interface Change {
  path: string
  from: string | undefined
  to: string | undefined
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What differs, place by place. Lists are compared by position. */
export function differences(from: unknown, to: unknown, path = ''): Change[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  const both =
    typeof from === 'object' &&
    typeof to === 'object' &&
    from !== null &&
    to !== null &&
    Array.isArray(from) === Array.isArray(to)
  if (!both) return [{ path, from: from === undefined ? undefined : shown(from), to: to === undefined ? undefined : shown(to) }]
  const [a, b] = [from as Record<string, unknown>, to as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key =>
    differences(a[key], b[key], path ? `${path} › ${key}` : key),
  )
}

export function Diff({ campaign, to }: { campaign: CampaignView; to: Campaign }) {
  const { t } = useWords()
  const changes = differences(documentOf(campaign), to)
  if (changes.length === 0) return <p>{t('diff.none')}</p>
  return (
    <ul className="diff stack tight">
      {changes.slice(0, 40).map(change => (
        <li key={change.path}>
          <span className="small quiet">{change.path}</span>
          {change.from !== undefined && <del className="del small">− {change.from.slice(0, 400)}</del>}
          {change.to !== undefined && <ins className="add small">+ {change.to.slice(0, 400)}</ins>}
        </li>
      ))}
    </ul>
  )
}
