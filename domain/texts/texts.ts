import { en } from './en.ts'
import type { Language } from './language.ts'
import { sv } from './sv.ts'

/**
 * The catalogue of what the server says to people: one text, or function of facts, a sentence. English is its shape: a language
 * that lacks one of them does not compile.
 */
export type Texts = typeof en

export const textsIn: Record<Language, Texts> = { en, sv }

/** A sentence that is not said yet: its facts are in it, the language comes when somebody reads it. */
export type Sentence = (texts: Texts) => string

/** The sentence in a language. What is already a text (stored before there were languages, or written by people) stays as it is. */
export const say = (sentence: Sentence | string, language: Language = 'en'): string => sayIn(sentence, textsIn[language])

export const sayIn = (sentence: Sentence | string, texts: Texts): string =>
  typeof sentence === 'string' ? sentence : sentence(texts)

/** A text that is the same whatever the language: names, other people's words, and what engineers alone read (in English). */
export const asWritten =
  (text: string): Sentence =>
  () =>
    text
