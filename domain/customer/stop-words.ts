/**
 * Reads an inbound SMS as people write them in English, Swedish, Danish, German, French and Spanish. The law asks for
 * any reasonable wording of "stop"; nobody is helped by hearing it in "stop by our shop".
 */
export type Inbound = 'stop' | 'start' | 'help' | 'none'

const set = (...lists: string[]): ReadonlySet<string> => new Set(lists.join(' ').split(/\s+/))

/** Words that mean only this, whatever stands around them (written as `words` leaves them: small, without accents). */
const plainStop = set(
  'unsubscribe unsubscribing unsub unsubcribe unsuscribe unscribe optout stopall revoke deregister',
  'avregistrera avregistrering avprenumerera avanmal avanmala avanmalan avanmael',
  'afmeld afmelde afmelding afmeldes frameld framelde framelding',
  'abmelden abmeldung abbestellen abbestelle abbestellung austragen',
  'desabonner desabonnez desabonne desabonnement desinscrire desinscription desinscrivez desinscris',
  'desuscribir desuscribirme desuscribirse desuscripcion darmedebaja',
)

/** Words that mean it among words about messages, and something else among others. */
const looseStop = set(
  'stop stopp stoppa stoppen stoppt quit cancel remove halt',
  'sluta avsluta avslutar avbryt upphor',
  'ophor stands',
  'aufhoren aufhoeren',
  'arret arreter arrete arretez stopper stoppez cesser cessez',
  'baja parar pare paren basta cancelar cancela cancelen detener detengan deja dejen dejar anular',
)

/** Words that mean it only as the whole message: each is too common in other company. */
const bareStop = set(
  'end revoke exit slut ende beenden kundigen kuendigen aus loschen loeschen fin resilier para alto termina terminar',
  // How thumbs write it.
  'stpo sotp tsop stopo stpop stoop stob',
)

/** Politeness, which changes nothing. */
const polite = set(
  'please pls plz plse kindly thanks thank thx ty you now immediately asap again ok okay hi hello hey sir madam dear',
  'tack snalla vanligen igen nu genast hej omedelbart venligst tak',
  'bitte danke wieder vielen dank sofort jetzt hallo endlich',
  'svp stp s il vous te plait merci bonjour maintenant immediatement',
  'por favor porfa porfavor gracias ya ahora hola inmediatamente',
)

/** A no or a yes before what is said. */
const answers = set('no nope nej nein non nah', 'yes yeah ja jo oui si')

const refusing = set('no nope nej nein non nah')

/** What else people say when they speak of our messages. */
const aboutMessages = set(
  'send sending sent text texting texts txt txts txting message messages messaging msg msgs sms smses er contact contacting call calling email emails e mail mails mailing spam spamming',
  'ads advertising adverts marketing promo promos promotions promotional notifications alerts updates offers newsletter newsletters subscription subscriptions campaign campaigns service',
  'me us my i im we your u this these those that it its all any anything more everything again ever anymore already just right the a an to from of on off in and for number phone list lists',
  'can could would will want wanna wish like need must have be get receive receiving do dont not never no longer interested so good annoying bothering harassing annoyed sick tired consent permission withdraw wrong help',
  'fuck fucking f damn shit crap bloody hell god bullshit stupid',
  'skicka skickar meddelande meddelanden mejl utskick reklam mig mej till era ert detta dessa det har har inga inte fler mer jag vill ha fa prenumeration prenumerationen att pa av fran er ni med hit de den alla listan listen kan kunde smsa smsar messa hjalp inget ej flera',
  'beskeder besked smser mere jeres dette denne reklamer reklame sende sender modtage jeg vil have ikke flere mig med op at fra jer jeres nu hjaelp',
  'nachricht nachrichten werbung mich mir ich mochte moechte will diese dieser diesen von der die den das dem liste verteiler keine mehr weitere weiteren zu zum schicken senden schreiben schreibt sie ihr du euch damit mit alle alles es und auf nicht wunsche hilfe aus nehmen',
  'les des de d du vos ces ce cet cette m moi envoyer envoi envois envoyez pub pubs publicite publicites tout tous toute je j veux voudrais souhaite aimerais plus ne recevoir la le l votre liste et mon numero ca abonnement aux au aide',
  'mi mis los las el del mensaje mensajes publicidad promociones quiero quisiera deseo mas enviar enviarme enviando mandar mandarme mandando envien manden esta este estos lista suscripcion recibir todo todos y que sus dar darme den dame de ayuda',
)

/** Requests to be taken out, in other words than those above; a "not" before them turns them round. */
const requests: readonly RegExp[] = [
  /\b(opt|opting|opted) ?(me )?out\b/,
  /\b(take|get) (me|us|my number) off\b/,
  /\b(remove|delete|drop|lose|erase) (me|us|my (phone )?(number|info|data|details))\b/,
  /\bleave (me|us) alone\b/,
  /\bwithdraw (my )?(consent|permission)\b/,
  /\bun ?subscribe\b/,
  /\b(fuck|piss|bugger|sod) off\b/,
  /\bend (all |the |these |this |my |your )*(messages?|texts?|sms|msgs?|subscription|service)\b/,
  /\blamna (mig|mej) (i fred|ifred)\b/,
  /\blad (mig|os) vaere( i fred)?\b/,
  /\b(lasst|lass|lassen sie) (mich|uns) in (ruhe|frieden)\b/,
  /\baus (dem|der|eurem|eurer|ihrem|ihrer) (verteiler|liste) (bitte )?(nehmen|loschen|loeschen|entfernen|streichen|austragen)\b/,
  /\blaisse[zr]? (moi|nous) (tranquilles?|en paix)\b/,
  /\b(dejen|deje|deja|dejad)(me|nos) en paz\b/,
  /\b(quiten|quite|quita|saquen|saque|saca|borren|borre|borra|eliminen|elimine|elimina)(me|nos)\b/,
  /\bta bort (mig|mitt nummer|mej)\b/,
  /\b(fjern|slet) (mig|mit nummer)\b/,
  /\bhold op\b/,
  /\b(losch\w*|loesch\w*|entfern\w*|streich\w*) (sie )?(bitte )?(mich|meine (handy|telefon)?nummer)\b/,
  /\bmeld\w* (sie )?(mich|uns) (bitte )?ab\b/,
  /\b(hor|hort|horen|hoer|hoert|hoeren) (sie )?(bitte )?(endlich )?auf\b/,
  /\b(supprim\w*|retir\w*|enlev\w*|efface\w*) (moi|mon numero)\b/,
  /\b(elimin\w*|borr\w*|quit[ae]\w*) mi numero\b/,
  /(?<!\bno (quiero |deseo |me |nos )?)\bd(ar|arme|arnos|arse|en|enme|eme|ame|as|ad|oy|ate|esea) (me )?de baja\b/,
]

/** Refusals that carry their own "not". */
const refusals: readonly RegExp[] = [
  /\bno (more|further) (sms|txts?|texts?|texting|messages?|msgs?|mails?|emails?|spam|ads|offers|promos|promotions|marketing|updates|of (this|these|your))\b/,
  /\b(dont|do not|no longer) (ever )?(want|wish|like|care|need) (to (receive|get|hear)|any|more|your|these|this|it|texts?|messages?|sms)\b/,
  /\b(dont|do not|never) (ever )?(text|txt|message|msg|sms|contact|email|mail|spam|bother|send|call|write)\b/,
  /\b(not|no longer) interested\b/,
  /\bwrong (number|person)\b/,
  /\b(inget|ej) (mer|mera|fler|flera)\b/,
  /\b(inga|inte) (fler|mer|flera) (sms|meddelanden?|utskick|mejl|reklam|tack)\b/,
  /\bvill (jag )?inte (ha|fa|langre)\b/,
  /\bskicka (inte|inga|aldrig)\b/,
  /\bikke flere (sms(er| er)?|beskeder|reklamer|mails?)\b/,
  /\bvil (jeg )?ikke (have|modtage|laengere)\b/,
  /\bsend ikke\b/,
  /\bkeine (weitere[nr]? |mehr )?(sms|nachrichten?|werbung|mails?|newsletter)\b/,
  /\b(mochte|moechte|will|wunsche|brauche) (keine?n?|nichts|das nicht|nicht mehr|diese \w+ nicht)\b/,
  /\bnicht mehr (schreiben|senden|schicken|kontaktieren|anschreiben|kontaktiert)\b/,
  /\b(schreibt?|schicken?|senden?) (sie )?(mir )?(bitte )?(nicht|nichts|keine)\b/,
  /\bplus (de|d|aucun) (sms|messages?|pubs?|publicites?|mails?|envois?)\b/,
  /\bne (veux|souhaite|desire|voudrais) plus\b/,
  /\bne (m|me) (envoyez|contactez|ecrivez) plus\b/,
  /\bne plus (recevoir|m envoyer|me contacter|etre contacte)\b/,
  /\bno (mas|quiero mas|deseo mas) (sms|mensajes?|publicidad|promociones|correos)\b/,
  /\bya no (quiero|deseo|quisiera)\b/,
  /\bno (quiero|deseo|quisiera) (recibir|mas|sus|estos)\b/,
  /\bno (me )?(envi\w*|mand\w*|escrib\w*|contact\w*)\b/,
]

/** Before one of the words that end it, these turn it round; some languages put them behind. */
const notBefore = set(
  'dont not never cant cannot wont didnt doesnt shouldnt wouldnt couldnt isnt non',
  'inte aldrig ej',
  'ikke aldrig',
  'nicht nie niemals kein keinen keine',
  'ne n pas jamais',
  'nunca jamas',
)
const spanish = set(
  'baja parar pare paren pares cancelar cancela cancelen detener detengan deja dejen dejar anular desuscribir desuscribirme',
)
const notBehind = set('inte aldrig ej ikke nicht nie niemals pas jamais nunca jamas')

const startWords = set(
  'start unstop subscribe resubscribe resume restart optin',
  'starta prenumerera tilmeld tilmelde anmelden abonnieren',
  'commencer reprendre abonner inscrire demarrer',
  'alta iniciar empezar comenzar suscribir suscribirme',
)
const helpWords = set('help info infos information hjalp hjaelp hilfe aide ayuda')
const askingForHelp = set(
  'i need me some can could you get a more about this who are is what jag behover jeg har brug for ich brauche j ai besoin d necesito mas',
)

/** Small letters without accents, one kind of apostrophe, no emoji but the one that says it, repeated letters once. */
function plain(text: string): string {
  return text
    .replaceAll('🛑', ' stop ')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[øö]/g, 'o')
    .replaceAll(/[æ]/g, 'ae')
    .replaceAll('ß', 'ss')
    .replaceAll('œ', 'oe')
    .normalize('NFD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll(/\.{2,}|…/g, ' ')
    .replaceAll(/(\w)\1{2,}/g, '$1')
    .replaceAll(/[’'`´‘]t\b/g, 't')
}

/** The words of each sentence; a word spelled out letter by letter counts as one. */
function sentences(text: string): string[][] {
  const letters = text.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  if (letters.length >= 4 && letters.every(letter => letter.length === 1)) return [[letters.join('')]]
  return text
    .replaceAll(/\bno\s*[,:–-]/g, '.')
    .split(/[.!?\n\r;]+/)
    .map(sentence => sentence.split(/[^\p{L}\p{N}]+/u).filter(Boolean))
    .filter(words => words.length > 0)
}

/** Whether the word at this place is turned round by a "not" close to it. */
function isNegated(words: readonly string[], at: number): boolean {
  // Spanish alone turns a word round with "no", and from further away; elsewhere it answers something else.
  const inSpanish = spanish.has(words[at]!)
  const before = words.slice(Math.max(0, at - (inSpanish ? 4 : 3)), at)
  // English says "stop, not interested": behind the word only the other languages' negations count.
  return (
    before.some(word => notBefore.has(word) || (word === 'no' && inSpanish)) ||
    words.slice(at + 1, at + 3).some(word => notBehind.has(word))
  )
}

const isKnown = (word: string): boolean =>
  [polite, answers, aboutMessages, looseStop, plainStop, bareStop].some(list => list.has(word)) || /^\d{5,}$/.test(word)

/** Whether a wording stands in the sentence and everything else there speaks of our messages too. */
function hears(wording: RegExp, spoken: string, canBeTurned: boolean): boolean {
  const match = wording.exec(spoken)
  if (!match) return false
  const before = spoken.slice(0, match.index).split(' ').filter(Boolean)
  const behind = spoken
    .slice(match.index + match[0].length)
    .split(' ')
    .filter(Boolean)
  if (canBeTurned && before.slice(-4).some(word => notBefore.has(word))) return false
  return [...before, ...behind].every(isKnown)
}

/** Who does not want it to stop wants it to go on. */
const goingOn =
  /\b(dont|do not|never|wouldnt|would not|didnt|did not) (ever )?(want|like|wish|mean|need) (\w+ ){0,3}(to )?(stop|end|cease|quit|unsubscribe)\b/

function saysStop(words: readonly string[]): boolean {
  const spoken = words.join(' ')
  if (goingOn.test(spoken)) return false
  if (requests.some(wording => hears(wording, spoken, true)) || refusals.some(wording => hears(wording, spoken, false)))
    return true
  const says = (list: ReadonlySet<string>) => [...words.keys()].filter(i => list.has(words[i]!))
  if (says(plainStop).some(i => !isNegated(words, i))) return true
  const loose = says(looseStop)
  if (loose.length > 0 && words.every(isKnown) && loose.every(i => !isNegated(words, i))) return true
  return says(bareStop).length > 0 && words.every(word => bareStop.has(word) || polite.has(word))
}

const only = (words: readonly string[], wanted: ReadonlySet<string>, besides: readonly ReadonlySet<string>[]): boolean =>
  words.some((word, i) => wanted.has(word) && !isNegated(words, i)) &&
  words.every(word => wanted.has(word) || besides.some(set => set.has(word)))

/** What a person who wrote this asks of us. `stop` wins over all else; `start` must be said plainly, for it is consent. */
export function readInbound(text: string): Inbound {
  const said = sentences(plain(text.slice(0, 1_600)))
  if (said.some(saysStop)) return 'stop'
  const all = said.flat()
  if (only(all, startWords, [polite, answers, aboutMessages]) && !all.some(word => notBefore.has(word) || refusing.has(word)))
    return 'start'
  if (only(all, helpWords, [polite, askingForHelp])) return 'help'
  return 'none'
}
