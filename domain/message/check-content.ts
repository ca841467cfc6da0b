import { type Fault, fault } from '../errors.ts'
import type { Content } from './content.ts'
import type { ChannelKind, MessageClass } from './kinds.ts'
import { letterVariables, variablesOf } from './letter-variables.ts'
import { faultOf, personContext, renderNodes } from './liquid.ts'
import { plainWords } from './plain-text.ts'
import { scopeNames } from './scope.ts'
import { authored, type Source, sources } from './sources.ts'
import { parseContent } from './template.ts'

/**
 * What keeps a content from being published: templates that do not parse, loop without end or read names nobody fills,
 * and marketing e-mail without a way out or without the sender's address. Paths are relative to the content.
 */
export function checkContent(
  channel: ChannelKind,
  messageClass: MessageClass,
  stored: Content,
  sender: { postalAddress?: string | null | undefined },
): Fault[] {
  const content = authored(stored)
  const { fields, faults } = parseContent(channel, content)
  faults.push(...costs(fields), ...unknownNames(channel, content))
  if (channel === 'email' && messageClass === 'marketing')
    for (const source of sources(channel, content))
      if (['html', 'mjml', 'text'].includes(source.field)) faults.push(...duties(source, sender.postalAddress ?? ''))
  return faults
}

/** Renders each field once for nobody in particular: what passes a limit with nothing to show will pass it for everybody. */
function costs(fields: ReturnType<typeof parseContent>['fields']): Fault[] {
  const context = personContext(
    { customer: { attributes: {} }, campaign: { name: '' }, event: { name: '', properties: {} }, at: 0 },
    false,
  )
  for (const { path, nodes } of fields)
    try {
      renderNodes(nodes, context)
    } catch (error) {
      const found = faultOf(error, path)
      if (found.code === 'templateLimit') return [found]
    }
  return []
}

function unknownNames(channel: ChannelKind, content: Content): Fault[] {
  const paths = new Map(sources(channel, content).map(({ field, path }) => [field, path]))
  return letterVariables(channel, content)
    .filter(({ steps, guarded }) => !guarded && !scopeNames.includes(String(steps[0])))
    .map(({ path, field, line, column }) =>
      fault(
        paths.get(field) ?? '',
        'unknownVariable',
        t => t.check.unknownVariable(path, line, column),
        t => t.check.beginWith(scopeNames, path),
      ),
    )
}

/** What the law asks of marketing e-mail, in each version of its text. */
function duties(version: Source, postalAddress: string): Fault[] {
  const { field, path, source } = version
  const printed = variablesOf([version]).filter(variable => variable.printed)
  const prints = (name: string) => printed.some(variable => variable.path === name)
  const faults: Fault[] = []
  if (!prints('unsubscribeUrl'))
    faults.push(
      fault(
        path,
        'noUnsubscribeLink',
        t => t.check.noUnsubscribeLink,
        field === 'text' ? t => t.check.addUnsubscribeUrl : t => t.check.addUnsubscribeLink,
      ),
    )
  const address = comparable(postalAddress)
  if (prints('postalAddress')) {
    if (address === '')
      faults.push(
        fault(
          path,
          'noPostalAddress',
          t => t.check.noAddressInSettings,
          t => t.check.setAddress,
        ),
      )
  } else if (address === '' || !comparable(field === 'text' ? source : plainWords(source)).includes(address))
    faults.push(
      fault(
        path,
        'noPostalAddress',
        t => t.check.noPostalAddress,
        t => t.check.addAddress,
      ),
    )
  return faults
}

/** Letters and digits alone: line breaks, commas and tags between the parts of an address do not matter. */
const comparable = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
