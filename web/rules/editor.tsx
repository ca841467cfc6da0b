import { FolderPlus, Plus, Trash2 } from 'lucide-react'
import type { Rule } from '../../api/contract.ts'
import { Button, IconButton } from '../parts/basics.tsx'
import { useWords } from '../texts/index.ts'
import { Condition } from './condition.tsx'
import { type AnyRule, asGroup, blankCondition, isGroup, partsOf } from './kinds.ts'

interface RuleProps {
  rule: Rule | undefined
  onChange: (rule: Rule) => void
  /** Said while there is no condition: what that means here. */
  none: string
  /** What is wrong at a pointer below this rule. */
  faultAt?: (below: string) => string | undefined
}

/** Conditions joined by all or any, in groups within groups. */
export function RuleEditor({ rule, onChange, none, faultAt }: RuleProps) {
  return (
    <Group
      rule={asGroup(rule)}
      onChange={next => onChange(next as unknown as Rule)}
      none={none}
      faultAt={faultAt}
      at=""
      depth={0}
    />
  )
}

function Group({
  rule,
  onChange,
  none,
  faultAt,
  at,
  depth,
  remove,
}: {
  rule: AnyRule
  onChange: (rule: AnyRule) => void
  none: string
  faultAt: RuleProps['faultAt']
  at: string
  depth: number
  remove?: () => void
}) {
  const { t } = useWords()
  const join = 'any' in rule ? 'any' : 'all'
  const parts = partsOf(rule)
  const put = (next: AnyRule[]) => onChange({ [join]: next })
  return (
    <fieldset className={`rule-group${depth > 0 ? ' inner' : ''}`}>
      <legend className="hidden-text">{t('rule.group')}</legend>
      {parts.length === 0 && <p className="quiet small">{none}</p>}
      {parts.map((part, i) => {
        const negated = 'not' in part && !isGroup(part)
        const inner = negated ? (part.not as AnyRule) : part
        const path = `${at}/${join}/${i}${negated ? '/not' : ''}`
        const change = (next: AnyRule) => put(parts.with(i, negated ? { not: next } : next))
        const drop = () => put(parts.toSpliced(i, 1))
        const fault = faultAt?.(path)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition has no other name than its place
          <div key={i} className="rule-part">
            <div className="rule-join">
              {i === 0 ? (
                <span className="quiet">{depth > 0 ? '' : t('rule.if')}</span>
              ) : i === 1 ? (
                <select
                  className="select inline small"
                  aria-label={t('rule.join')}
                  value={join}
                  onChange={event => onChange({ [event.target.value]: parts })}
                >
                  <option value="all">{t('rule.and')}</option>
                  <option value="any">{t('rule.or')}</option>
                </select>
              ) : (
                <span className="quiet">{join === 'all' ? t('rule.and') : t('rule.or')}</span>
              )}
            </div>
            <div className="rule-body">
              {isGroup(inner) ? (
                <Group
                  rule={inner}
                  onChange={change}
                  none={t('rule.emptyGroup')}
                  faultAt={faultAt}
                  at={path}
                  depth={depth + 1}
                  remove={drop}
                />
              ) : (
                <div className="condition">
                  <Condition rule={inner} onChange={change} />
                  <label className="check small" title={t('rule.notHint')}>
                    <input
                      type="checkbox"
                      checked={negated}
                      onChange={() => put(parts.with(i, negated ? inner : { not: inner }))}
                    />
                    {t('rule.not')}
                  </label>
                  <IconButton icon={Trash2} label={t('rule.remove')} small onClick={drop} />
                </div>
              )}
              {fault && <p className="fault">{fault}</p>}
            </div>
          </div>
        )
      })}
      <div className="row">
        <Button small icon={Plus} onClick={() => put([...parts, blankCondition('attribute')])}>
          {t('rule.add')}
        </Button>
        {depth < 4 && (
          <Button
            small
            look="bare"
            icon={FolderPlus}
            onClick={() => put([...parts, { [join === 'all' ? 'any' : 'all']: [blankCondition('event')] }])}
          >
            {t('rule.addGroup')}
          </Button>
        )}
        {remove && (
          <Button small look="bare" icon={Trash2} onClick={remove}>
            {t('rule.removeGroup')}
          </Button>
        )}
      </div>
    </fieldset>
  )
}
