/** The words of the interface: English is the source and says which there are; a language that lacks one, or has one too many, is a type error. */
import type { KeyWords } from './key.ts';
import { english } from './english.ts';
import { german } from './german.ts';

export type Words = typeof english;
/** Something that can be said in any language. */
export type Phrase = (words: Words) => string;
/** What is said of a key, in any language. */
export type KeyPhrase = (words: Words) => KeyWords;

/** The languages of the interface by their tags: here a new one is added. */
export const LANGUAGES = { en: english, de: german } as const satisfies Record<string, Words>;
export type LanguageTag = keyof typeof LANGUAGES;

export const isLanguage = (tag: string): tag is LanguageTag => Object.hasOwn(LANGUAGES, tag);

/** The words in a language such as `de` or `de-AT`; English when there are none. */
export function wordsIn(tag: string): Words {
  const base = tag.split('-')[0]!;
  return isLanguage(tag) ? LANGUAGES[tag] : isLanguage(base) ? LANGUAGES[base] : english;
}
