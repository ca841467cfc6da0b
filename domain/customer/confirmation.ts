import { type Language, languageOf } from './language.ts'
import type { Inbound } from './stop-words.ts'

type Asked = Exclude<Inbound, 'none'>

/** What we answer, once, to somebody who wrote STOP, START or HELP; by language. */
const texts: Readonly<Record<Language, Record<Asked, string>>> = {
  en: {
    stop: 'You will get no more messages from us. Reply START to get them again.',
    start: 'You will get our messages again. Reply STOP to end them, HELP for help.',
    help: 'You get these messages because you asked for them. Reply STOP to end them.',
  },
  sv: {
    stop: 'Du får inga fler meddelanden från oss. Svara START för att få dem igen.',
    start: 'Du får våra meddelanden igen. Svara STOPP för att avsluta, HJÄLP för hjälp.',
    help: 'Du får de här meddelandena för att du har bett om dem. Svara STOPP för att avsluta.',
  },
  da: {
    stop: 'Du får ikke flere beskeder fra os. Svar START for at få dem igen.',
    start: 'Du får vores beskeder igen. Svar STOP for at afmelde, HJÆLP for hjælp.',
    help: 'Du får disse beskeder, fordi du har bedt om dem. Svar STOP for at afmelde.',
  },
  de: {
    stop: 'Sie erhalten keine Nachrichten mehr von uns. Antworten Sie START, um sie wieder zu erhalten.',
    start: 'Sie erhalten unsere Nachrichten wieder. Antworten Sie STOPP zum Beenden, HILFE für Hilfe.',
    help: 'Sie erhalten diese Nachrichten, weil Sie sie bestellt haben. Antworten Sie STOPP zum Beenden.',
  },
  fr: {
    stop: 'Vous ne recevrez plus de messages de notre part. Répondez START pour les recevoir à nouveau.',
    start: 'Vous recevrez à nouveau nos messages. Répondez STOP pour arrêter, AIDE pour de l’aide.',
    help: 'Vous recevez ces messages parce que vous les avez demandés. Répondez STOP pour arrêter.',
  },
  es: {
    stop: 'No recibirá más mensajes nuestros. Responda START para recibirlos de nuevo.',
    start: 'Volverá a recibir nuestros mensajes. Responda STOP para terminar, AYUDA para obtener ayuda.',
    help: 'Recibe estos mensajes porque los pidió. Responda STOP para terminar.',
  },
}

/** The one answer to what a person asked for, in the language of their locale where we speak it. */
export const confirmation = (asked: Asked, locale: string | null): string => texts[languageOf(locale) ?? 'en'][asked]
