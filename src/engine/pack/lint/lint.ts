/** `pack lint`: everything about a pack that can be told without playing it. */
import { allKinds } from '../../../cluster/api/kinds/index.ts';
import { groupResource } from '../../../cluster/api/kind.ts';
import { loadPack, needsOf } from '../load.ts';
import type { CheckSpec, Level, Pack } from '../level.ts';
import { marksIn } from '../params.ts';
import { type Located, parseYaml } from '../located.ts';
import { nearest } from '../nearest.ts';
import { PackError, type Problem } from '../problems.ts';
import { readPack } from '../sources/source.ts';
import { FALLBACK_LANGUAGE, languagesIn, missingTexts } from '../texts.ts';
import { originalsOf, withTranslations } from '../translations.ts';
import { setupProblems } from './manifests.ts';
import { untaught } from './learn-order.ts';

/** Lengths that fit the screen and the patience of a player. */
const LENGTHS = { title: 60, objective: 90, hint: 400, briefing: 1400, debrief: 3000 } as const;
const SENTENCES_MAX = 10;

export interface LintResult { pack?: Pack; problems: Problem[] }

/** All that is wrong or doubtful, in order of place. Never throws for what is wrong with the pack itself. */
export function lintPack(where: string): LintResult {
  let pack: Pack;
  try {
    pack = loadPack(where);
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    return { problems: error.problems.map((problem) => ({ rule: 'format', severity: 'error', ...problem })) };
  }
  const files = originalsOf(readPack(where).files).map(({ file: { path, text }, translations }) => {
    const located = parseYaml(path, text);
    return { path, located, whole: withTranslations(located.data, translations) };
  });
  const languages = [...new Set(files.flatMap(({ whole }) => languagesIn(whole)))];
  const problems = files.flatMap(({ path, located, whole }) => {
    const level = pack.levels.find(({ file }) => file === path);
    return [...(level ? levelProblems(level, pack, located) : worldProblems(pack, path, located)), ...translationProblems(path, located, whole, languages)];
  });
  return { pack, problems: problems.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1)) };
}

function levelProblems(level: Level, pack: Pack, located: Located): Problem[] {
  const problems: Problem[] = [];
  const add = (rule: string, severity: 'error' | 'warning', path: readonly (string | number)[], message: string) => problems.push({ file: level.file, ...located.at(path), rule, severity, message });
  for (const { path, text, max, what } of textsOf(level)) if (text.length > max) add('text-length', 'warning', path, `${what} has ${text.length} characters; ${max} are plenty`);
  const sentences = level.briefing.split(/[.!?](?:\s|$)/).filter((part) => part.trim()).length;
  if (sentences > SENTENCES_MAX && !level.exam) add('text-length', 'warning', ['briefing'], `briefing has ${sentences} sentences; eight are plenty`);
  for (const [check, path] of checksOf(level)) {
    const resources = check.list?.split(',') ?? [check.get?.split('/')[0] ?? check.can?.resource.split('/')[0] ?? []].flat();
    for (const bad of resources.flatMap((resource) => unknownResource(resource, level) ?? [])) add('resource', 'error', [...path, check.list ? 'list' : check.get ? 'get' : 'can'], bad);
  }
  problems.push(...setupProblems(level, located));
  for (const [i, { text }] of level.hints.entries()) {
    const dead = deadName(text, level);
    if (dead) add('dead-hint', 'warning', ['hints', i, 'text'], `hint ${i + 1} speaks of ${dead}, which stands nowhere else in the level`);
    if (level.hints.findIndex((hint) => hint.text === text) < i) add('dead-hint', 'warning', ['hints', i, 'text'], `hint ${i + 1} says what an earlier one said`);
    if (i > 0 && level.hints[i]!.cost < level.hints[i - 1]!.cost) add('hint-cost', 'warning', ['hints', i, 'cost'], 'a later hint tells more, and should not cost less');
  }
  for (const [i, solution] of level.solutions.entries()) if (level.solutions.findIndex((other) => other.trim() === solution.trim()) < i) add('same-solution', 'warning', ['solutions', i], `solution ${i + 1} is the same as an earlier one`);
  for (const need of level.needs ?? []) if (needsOf(pack.levels.find(({ id }) => id === need)!, pack.levels).size > 0 && (level.needs ?? []).some((other) => other !== need && needsOf(pack.levels.find(({ id }) => id === other)!, pack.levels).has(need))) add('needs', 'warning', ['needs'], `"${need}" is needed by another of the needed levels already`);
  if (!level.exam) for (const { word, by } of untaught(level, pack.levels)) add('learn-order', 'warning', ['needs'], `"${word}" is demanded here and taught by ${by.join(', ')}, which is not among what this level needs`);
  if (level.template) for (const name of Object.keys(level.params ?? {})) if (!marksIn({ ...(level.template.data as object), params: undefined }).includes(name)) add('unused-param', 'warning', ['params', name], `the parameter "${name}" stands nowhere in the level`);
  if (level.exam) problems.push(...examProblems(level, located));
  return problems;
}

function examProblems(level: Level, located: Located): Problem[] {
  const domains = Object.keys(level.exam!.domains);
  const weights = Object.values(level.exam!.domains).reduce((sum, weight) => sum + weight, 0);
  const idle = domains.filter((domain) => !level.objectives.some((objective) => objective.domain === domain));
  return [
    ...(weights === 100 ? [] : [{ file: level.file, ...located.at(['exam', 'domains']), rule: 'exam', severity: 'warning' as const, message: `the domains' weights add up to ${weights}, not to 100` }]),
    ...idle.map((domain) => ({ file: level.file, ...located.at(['exam', 'domains', domain]), rule: 'exam', severity: 'warning' as const, message: `no objective belongs to the domain "${domain}"` })),
  ];
}

function worldProblems(pack: Pack, file: string, located: Located): Problem[] {
  return pack.worlds.flatMap(({ id }, i): Problem[] => (pack.levels.some(({ world }) => world === id) ? [] : [{ file, ...located.at(['worlds', i, 'id']), rule: 'empty-world', severity: 'warning', message: `no level belongs to the world "${id}"` }]));
}

/** A language of the pack that a file has nothing of is told once. */
function translationProblems(file: string, located: Located, whole: unknown, languages: readonly string[]): Problem[] {
  if (languages.length === 0) return [];
  const own = languagesIn(whole);
  const absent = languages.filter((language) => language !== FALLBACK_LANGUAGE && !own.includes(language));
  const wholly: Problem[] = absent.length > 0 ? [{ file, ...located.at([]), rule: 'translation', severity: 'warning', message: `there are no texts in ${absent.join(', ')}` }] : [];
  return [...wholly, ...missing(file, located, whole, languages.filter((language) => !absent.includes(language)))];
}

function missing(file: string, located: Located, whole: unknown, languages: readonly string[]): Problem[] {
  return missingTexts(whole, languages).map(({ path, languages: lacks }) => ({ file, ...located.at(path), rule: 'translation', severity: 'warning', message: `${path.join('.')}: there is no text for ${lacks.join(', ')}` }));
}

function textsOf(level: Level): { path: (string | number)[]; text: string; max: number; what: string }[] {
  return [
    { path: ['title'], text: level.title, max: LENGTHS.title, what: 'title' },
    { path: ['briefing'], text: level.briefing, max: LENGTHS.briefing, what: 'briefing' },
    { path: ['debrief'], text: level.debrief, max: LENGTHS.debrief, what: 'debrief' },
    ...level.objectives.map(({ text, id }, i) => ({ path: ['objectives', i, 'text'], text, max: LENGTHS.objective, what: `objective ${id}` })),
    ...level.hints.map(({ text }, i) => ({ path: ['hints', i, 'text'], text, max: LENGTHS.hint, what: `hint ${i + 1}` })),
  ];
}

function checksOf(level: Level): [CheckSpec, (string | number)[]][] {
  return [
    ...level.objectives.map((o, i): [CheckSpec, (string | number)[]] => [o.check, ['objectives', i, 'check']]),
    ...(level.guards ?? []).map((g, i): [CheckSpec, (string | number)[]] => [g.check, ['guards', i, 'check']]),
  ];
}

function unknownResource(resource: string, level: Level): string | undefined {
  const names = allKinds.flatMap((kind) => [kind.plural, groupResource(kind), kind.singular, ...kind.shortNames]);
  if (resource === '*' || names.includes(resource) || /CustomResourceDefinition/.test(`${level.setup ?? ''}${level.prepare ?? ''}${level.solutions.join()}`)) return undefined;
  const near = nearest(resource, allKinds.map(({ plural }) => plural));
  return `there is no resource "${resource}"${near ? `; did you mean "${near}"?` : ''}`;
}

/** A name that a hint's command uses and nothing else in the level knows: the command cannot work. */
function deadName(text: string, level: Level): string | undefined {
  const known = JSON.stringify([level.setup, level.prepare, level.solutions, level.cluster, level.traffic, level.objectives, level.guards, level.events]);
  for (const [, command = ''] of text.matchAll(/`(kubectl [^`]+)`/g)) {
    const named = [...command.matchAll(/\s(?:-n|--namespace)[ =]([a-z0-9-]+)/g), ...command.matchAll(/\s[a-z]+\/([a-z0-9.-]+)/g)].map((match) => match[1]!);
    const dead = named.find((name) => !known.includes(name) && !/^(default|kube-|system)/.test(name));
    if (dead) return `"${dead}"`;
  }
  return undefined;
}
