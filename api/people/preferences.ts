import { type Consent, type ConsentStatus, mayContact } from '../../domain/customer/consent.ts'
import { escapeHtml } from '../../domain/message/escape.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Words } from './words.ts'

/** A box of the preference centre: a channel as a whole, or one topic of it. */
export interface Choice {
  channel: ChannelKind
  /** Empty: the whole channel. */
  topic: string
  name: string
  on: boolean
}

type Asked = Pick<Settings, 'topics' | 'consent'>

/** Everything a person may choose, as it stands. */
export function choicesOf(
  channels: readonly ChannelKind[],
  consents: readonly Consent[],
  settings: Asked,
  words: Words,
): Choice[] {
  return channels.flatMap(channel => {
    const mode = settings.consent[channel]
    return [
      { channel, topic: '', name: words.channels[channel], on: mayContact(consents, channel, null, mode).may },
      ...settings.topics.map(({ key, name }) => ({
        channel,
        topic: key,
        name,
        on: mayContact(consents, channel, key, mode).may,
      })),
    ]
  })
}

/** The name of a choice in the form. */
export const nameOf = ({ channel, topic }: Pick<Choice, 'channel' | 'topic'>): string => `${channel}/${topic}`

/**
 * What a person has said with the form, given what it showed (`shown`) and what was ticked: only what differs from what stood. A
 * channel that is ended ends with all its topics; in one that goes on each topic holds as it was ticked.
 */
export function saidWith(
  choices: readonly Choice[],
  shown: ReadonlySet<string>,
  ticked: ReadonlySet<string>,
): { channel: ChannelKind; topic: string; status: ConsentStatus }[] {
  const said: { channel: ChannelKind; topic: string; status: ConsentStatus }[] = []
  const status = (on: boolean): ConsentStatus => (on ? 'subscribed' : 'unsubscribed')
  for (const whole of choices.filter(choice => choice.topic === '' && shown.has(nameOf(choice)))) {
    const { channel } = whole
    const on = ticked.has(nameOf(whole))
    if (on !== whole.on) said.push({ channel, topic: '', status: status(on) })
    if (!on) continue
    for (const choice of choices) {
      if (choice.channel !== channel || choice.topic === '' || !shown.has(nameOf(choice))) continue
      const wanted = ticked.has(nameOf(choice))
      // A channel taken up again says nothing about its topics by itself, so each is said anew.
      if (wanted !== choice.on || (on !== whole.on && !wanted))
        said.push({ channel, topic: choice.topic, status: status(wanted) })
    }
  }
  return said
}

/** The form of the preference centre. */
export function preferencesForm(choices: readonly Choice[], words: Words): string {
  const box = (choice: Choice) =>
    `<label><input type="hidden" name="shown" value="${escapeHtml(nameOf(choice))}"><input type="checkbox" name="on" value="${escapeHtml(nameOf(choice))}"${choice.on ? ' checked' : ''}>${escapeHtml(choice.topic === '' ? words.whole : choice.name)}</label>`
  const sets = choices
    .filter(choice => choice.topic === '')
    .map(whole => {
      const topics = choices.filter(choice => choice.channel === whole.channel && choice.topic !== '')
      return `<fieldset><legend>${escapeHtml(whole.name)}</legend>${box(whole)}${topics.length > 0 ? `<div class="topics">${topics.map(box).join('')}</div>` : ''}</fieldset>`
    })
  return `<form method="post">${sets.join('')}<button type="submit">${escapeHtml(words.save)}</button></form>`
}
