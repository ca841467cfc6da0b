import { acceptedLanguage, type Language, languageOf } from '../../domain/customer/language.ts'
import type { ChannelKind } from '../../domain/message/kinds.ts'
import type { LinkedPerson } from '../../prisma/queries/linked.ts'

/** What the pages for people say. `{channel}` and `{n}` are filled in. */
export interface Words {
  channels: Record<ChannelKind, string>
  unsubscribe: string
  endChannel: string
  endAll: string
  orChoose: string
  ended: string
  endedChannel: string
  endedAll: string
  choose: string
  centre: string
  whole: string
  save: string
  saved: string
  savedLead: string
  stranger: string
  strangerLead: string
  nps: string
  npsScale: string
  csat: string
  csatScale: string
  why: string
  send: string
  thanks: string
  thanksLead: string
  noScore: string
}

const catalogue: Record<Language, Words> = {
  en: {
    channels: { email: 'E-mail', sms: 'Text messages (SMS)', inApp: 'Messages in the app' },
    unsubscribe: 'Unsubscribe',
    endChannel: 'Do you want no more of this from us: {channel}?',
    endAll: 'Do you want no more messages from us?',
    orChoose: 'Or choose what you want to get',
    ended: 'You are unsubscribed',
    endedChannel: '{channel}: you will get no more from us.',
    endedAll: 'You will get no more messages from us.',
    choose: 'Choose what you want to get',
    centre: 'What do you want to get?',
    whole: 'Send me messages',
    save: 'Save',
    saved: 'Saved',
    savedLead: 'Your choice holds from now on.',
    stranger: 'This link does not work',
    strangerLead: 'It may be incomplete, or belong to something that no longer exists.',
    nps: 'How likely are you to recommend us to a friend or colleague?',
    npsScale: '0 is not at all likely, 10 is extremely likely',
    csat: 'How satisfied are you with us?',
    csatScale: '1 is not at all satisfied, 5 is very satisfied',
    why: 'What is the main reason for your score?',
    send: 'Send',
    thanks: 'Thank you',
    thanksLead: 'Your answer has arrived.',
    noScore: 'Please choose a number.',
  },
  sv: {
    channels: { email: 'E-post', sms: 'Sms', inApp: 'Meddelanden i appen' },
    unsubscribe: 'Avsluta',
    endChannel: 'Vill du inte längre få det här från oss: {channel}?',
    endAll: 'Vill du inte få några fler meddelanden från oss?',
    orChoose: 'Eller välj vad du vill få',
    ended: 'Utskicken är avslutade',
    endedChannel: '{channel}: du får inget mer från oss.',
    endedAll: 'Du får inga fler meddelanden från oss.',
    choose: 'Välj vad du vill få',
    centre: 'Vad vill du få?',
    whole: 'Skicka meddelanden till mig',
    save: 'Spara',
    saved: 'Sparat',
    savedLead: 'Ditt val gäller från och med nu.',
    stranger: 'Länken fungerar inte',
    strangerLead: 'Den kan vara ofullständig, eller höra till något som inte längre finns.',
    nps: 'Hur troligt är det att du rekommenderar oss till en vän eller kollega?',
    npsScale: '0 är inte alls troligt, 10 är mycket troligt',
    csat: 'Hur nöjd är du med oss?',
    csatScale: '1 är inte alls nöjd, 5 är mycket nöjd',
    why: 'Vad är det främsta skälet till ditt betyg?',
    send: 'Skicka',
    thanks: 'Tack',
    thanksLead: 'Ditt svar har kommit fram.',
    noScore: 'Välj en siffra.',
  },
  da: {
    channels: { email: 'E-mail', sms: 'Sms', inApp: 'Beskeder i appen' },
    unsubscribe: 'Afmeld',
    endChannel: 'Vil du ikke længere have dette fra os: {channel}?',
    endAll: 'Vil du ikke have flere beskeder fra os?',
    orChoose: 'Eller vælg, hvad du vil have',
    ended: 'Du er afmeldt',
    endedChannel: '{channel}: du får ikke mere fra os.',
    endedAll: 'Du får ikke flere beskeder fra os.',
    choose: 'Vælg, hvad du vil have',
    centre: 'Hvad vil du have?',
    whole: 'Send mig beskeder',
    save: 'Gem',
    saved: 'Gemt',
    savedLead: 'Dit valg gælder fra nu af.',
    stranger: 'Linket virker ikke',
    strangerLead: 'Det kan være ufuldstændigt eller høre til noget, der ikke længere findes.',
    nps: 'Hvor sandsynligt er det, at du vil anbefale os til en ven eller kollega?',
    npsScale: '0 er slet ikke sandsynligt, 10 er meget sandsynligt',
    csat: 'Hvor tilfreds er du med os?',
    csatScale: '1 er slet ikke tilfreds, 5 er meget tilfreds',
    why: 'Hvad er hovedårsagen til din vurdering?',
    send: 'Send',
    thanks: 'Tak',
    thanksLead: 'Dit svar er kommet frem.',
    noScore: 'Vælg et tal.',
  },
  de: {
    channels: { email: 'E-Mail', sms: 'SMS', inApp: 'Nachrichten in der App' },
    unsubscribe: 'Abmelden',
    endChannel: 'Möchten Sie das nicht mehr von uns erhalten: {channel}?',
    endAll: 'Möchten Sie keine Nachrichten mehr von uns erhalten?',
    orChoose: 'Oder wählen Sie, was Sie erhalten möchten',
    ended: 'Sie sind abgemeldet',
    endedChannel: '{channel}: Sie erhalten nichts mehr von uns.',
    endedAll: 'Sie erhalten keine Nachrichten mehr von uns.',
    choose: 'Wählen Sie, was Sie erhalten möchten',
    centre: 'Was möchten Sie erhalten?',
    whole: 'Nachrichten an mich senden',
    save: 'Speichern',
    saved: 'Gespeichert',
    savedLead: 'Ihre Auswahl gilt ab sofort.',
    stranger: 'Dieser Link funktioniert nicht',
    strangerLead: 'Er ist vielleicht unvollständig oder gehört zu etwas, das es nicht mehr gibt.',
    nps: 'Wie wahrscheinlich ist es, dass Sie uns einem Freund oder Kollegen empfehlen?',
    npsScale: '0 ist überhaupt nicht wahrscheinlich, 10 ist äußerst wahrscheinlich',
    csat: 'Wie zufrieden sind Sie mit uns?',
    csatScale: '1 ist überhaupt nicht zufrieden, 5 ist sehr zufrieden',
    why: 'Was ist der Hauptgrund für Ihre Bewertung?',
    send: 'Senden',
    thanks: 'Vielen Dank',
    thanksLead: 'Ihre Antwort ist angekommen.',
    noScore: 'Bitte wählen Sie eine Zahl.',
  },
  fr: {
    channels: { email: 'E-mail', sms: 'SMS', inApp: 'Messages dans l’application' },
    unsubscribe: 'Se désabonner',
    endChannel: 'Ne voulez-vous plus recevoir ceci de notre part : {channel} ?',
    endAll: 'Ne voulez-vous plus recevoir de messages de notre part ?',
    orChoose: 'Ou choisissez ce que vous voulez recevoir',
    ended: 'Vous êtes désabonné',
    endedChannel: '{channel} : vous ne recevrez plus rien de notre part.',
    endedAll: 'Vous ne recevrez plus de messages de notre part.',
    choose: 'Choisissez ce que vous voulez recevoir',
    centre: 'Que voulez-vous recevoir ?',
    whole: 'M’envoyer des messages',
    save: 'Enregistrer',
    saved: 'Enregistré',
    savedLead: 'Votre choix est valable dès maintenant.',
    stranger: 'Ce lien ne fonctionne pas',
    strangerLead: 'Il est peut-être incomplet ou mène à quelque chose qui n’existe plus.',
    nps: 'Quelle est la probabilité que vous nous recommandiez à un ami ou à un collègue ?',
    npsScale: '0 : pas du tout probable, 10 : tout à fait probable',
    csat: 'À quel point êtes-vous satisfait de nous ?',
    csatScale: '1 : pas du tout satisfait, 5 : très satisfait',
    why: 'Quelle est la raison principale de votre note ?',
    send: 'Envoyer',
    thanks: 'Merci',
    thanksLead: 'Votre réponse est arrivée.',
    noScore: 'Veuillez choisir un nombre.',
  },
  es: {
    channels: { email: 'Correo electrónico', sms: 'Mensajes de texto (SMS)', inApp: 'Mensajes en la aplicación' },
    unsubscribe: 'Darse de baja',
    endChannel: '¿Ya no quiere recibir esto de nosotros: {channel}?',
    endAll: '¿Ya no quiere recibir mensajes nuestros?',
    orChoose: 'O elija qué quiere recibir',
    ended: 'Se ha dado de baja',
    endedChannel: '{channel}: no recibirá nada más de nosotros.',
    endedAll: 'No recibirá más mensajes nuestros.',
    choose: 'Elija qué quiere recibir',
    centre: '¿Qué quiere recibir?',
    whole: 'Enviarme mensajes',
    save: 'Guardar',
    saved: 'Guardado',
    savedLead: 'Su elección vale desde ahora.',
    stranger: 'Este enlace no funciona',
    strangerLead: 'Puede estar incompleto o pertenecer a algo que ya no existe.',
    nps: '¿Qué probabilidad hay de que nos recomiende a un amigo o colega?',
    npsScale: '0 es nada probable, 10 es muy probable',
    csat: '¿Qué tan satisfecho está con nosotros?',
    csatScale: '1 es nada satisfecho, 5 es muy satisfecho',
    why: '¿Cuál es la razón principal de su puntuación?',
    send: 'Enviar',
    thanks: 'Gracias',
    thanksLead: 'Su respuesta ha llegado.',
    noScore: 'Elija un número.',
  },
}

/** A page's language and what it says in it. */
export interface Spoken {
  language: Language
  words: Words
}

/** The person's own language where the profile tells it and we speak it, else the one their browser asks for, else English. */
export function spokenTo(person: Pick<LinkedPerson, 'locale' | 'language'> | undefined, acceptLanguage?: string): Spoken {
  const language = languageOf(person?.locale) ?? languageOf(person?.language) ?? acceptedLanguage(acceptLanguage) ?? 'en'
  return { language, words: catalogue[language] }
}

/** The words with a channel's name in them. */
export const aboutChannel = (sentence: string, { channels }: Words, channel: ChannelKind): string =>
  sentence.replace('{channel}', () => channels[channel])
