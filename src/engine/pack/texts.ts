/** Texts in several languages: any of them may be `{en: …, de: …}`; what is missing falls back. */

const LANGUAGE = /^[a-z]{2,3}(-[A-Z]{2})?$/;

/** Where a level and a pack.yaml hold texts for people; `*` stands for every item of a list. */
const PLACES: readonly (readonly string[])[] = [
  ['title'], ['briefing'], ['debrief'], ['summary'], ['objectives', '*', 'text'], ['guards', '*', 'text'], ['hints', '*', 'text'], ['events', '*', 'say'], ['exam', 'tasks', '*', 'text'], ['worlds', '*', 'title'], ['worlds', '*', 'summary'],
];

export const FALLBACK_LANGUAGE = 'en';

/** The language that a system asks for: KUBE_QUEST_LANG, else LC_ALL, LC_MESSAGES, LANG. */
export function languageOf(environment: NodeJS.ProcessEnv): string {
  return languageTyped(environment.KUBE_QUEST_LANG || environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '') ?? FALLBACK_LANGUAGE;
}

/** `de`, `de_AT.UTF-8`, `de-at` as a tag; undefined for what names no language, such as `C` or `POSIX`. */
export function languageTyped(text: string): string | undefined {
  const [, language, country] = /^([a-z]{2,3})(?![a-z0-9])(?:[_-]([A-Za-z]{2})(?![A-Za-z0-9]))?/.exec(text) ?? [];
  return language === undefined || country === undefined ? language : `${language}-${country.toUpperCase()}`;
}

/** The data with each text in one language: the one asked for, its base (`de` for `de-AT`), English, or the first there is. */
export function inLanguage(data: unknown, language: string): unknown {
  return PLACES.reduce((changed, place) => at(changed, place, (text) => (isTranslated(text) ? chosen(text, language) : text)), data);
}

export interface MissingText { path: (string | number)[]; languages: string[] }

/** Texts that lack a language which another text of the pack has. */
export function missingTexts(data: unknown, languages: readonly string[]): MissingText[] {
  const missing: MissingText[] = [];
  for (const place of PLACES) {
    at(data, place, (text, path) => {
      const lacks = languages.filter((language) => (isTranslated(text) ? !(language in text) : typeof text === 'string' && language !== FALLBACK_LANGUAGE));
      if (lacks.length > 0) missing.push({ path, languages: lacks });
      return text;
    });
  }
  return missing;
}

/** The languages that any text of the data has. */
export function languagesIn(data: unknown): string[] {
  const found = new Set<string>();
  for (const place of PLACES) at(data, place, (text) => { if (isTranslated(text)) for (const language of Object.keys(text)) found.add(language); return text; });
  return [...found].sort();
}

/** A text with what it is in one more language. */
export function withText(own: unknown, language: string, text: string): Record<string, unknown> {
  return isTranslated(own) ? { ...own, [language]: text } : { [FALLBACK_LANGUAGE]: own, [language]: text };
}

function isTranslated(text: unknown): text is Record<string, string> {
  if (typeof text !== 'object' || text === null || Array.isArray(text)) return false;
  const entries = Object.entries(text);
  return entries.length > 0 && entries.every(([language, value]) => LANGUAGE.test(language) && typeof value === 'string');
}

function chosen(texts: Record<string, string>, language: string): string {
  return texts[language] ?? texts[language.split('-')[0]!] ?? texts[FALLBACK_LANGUAGE] ?? Object.values(texts)[0]!;
}

/** Copies the data with `change` applied at a place; what is not there is left alone. */
function at(data: unknown, place: readonly string[], change: (value: unknown, path: (string | number)[]) => unknown, path: (string | number)[] = []): unknown {
  const [step, ...rest] = place;
  if (step === undefined) return change(data, path);
  if (step === '*') return Array.isArray(data) ? data.map((item: unknown, i) => at(item, rest, change, [...path, i])) : data;
  if (typeof data !== 'object' || data === null || Array.isArray(data) || !Object.hasOwn(data, step)) return data;
  return { ...data, [step]: at((data as Record<string, unknown>)[step], rest, change, [...path, step]) };
}
