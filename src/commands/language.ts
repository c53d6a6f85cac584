/** The language that is asked for on the command line. */
import { languageTyped } from '../engine/pack/texts.ts';
import { UserProblem } from './problem.ts';

/** As a tag; undefined when none was asked for. Throws UserProblem. */
export function languageAsked(text: string | undefined): string | undefined {
  const tag = text === undefined ? undefined : languageTyped(text);
  if (text !== undefined && tag === undefined) throw new UserProblem(`--language: "${text}" is no language; say a tag such as en or de`);
  return tag;
}
