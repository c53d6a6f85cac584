/** Reads a pack, wherever it comes from: bounded, nothing executed. */
import { basename } from 'node:path';
import { ConditionError } from '../checks/condition.ts';
import { conditionOf } from '../checks/evaluate.ts';
import { parseManifests, ManifestError } from '../manifests.ts';
import type { CheckSpec, Level, Pack, WorldInfo } from './level.ts';
import { marksIn } from './params.ts';
import { type Located, parseYaml } from './located.ts';
import { nearest } from './nearest.ts';
import { PackError, type Problem } from './problems.ts';
import { levelFrom, schemaProblems, validatePack } from './read-level.ts';
import { digestOf } from './sources/built.ts';
import { endlessPattern, NODES_MAX, tooMany, tooManyByCommand } from './sources/safety.ts';
import { readPack } from './sources/source.ts';
import { FALLBACK_LANGUAGE, inLanguage } from './texts.ts';
import { originalsOf, translationOf, withTranslations, type Original } from './translations.ts';

export interface LoadOptions { /** Which of its languages; English unless said. */ language?: string }

/** The pack in a folder, an archive, a built file or an installed package. Throws PackError with everything that is wrong with it. */
export function loadPack(where: string, { language = FALLBACK_LANGUAGE }: LoadOptions = {}): Pack {
  const { files, signedBy } = readPack(where);
  const originals = originalsOf(files);
  const packFile = originals.find(({ file }) => file.path === 'pack.yaml');
  if (!packFile) throw new PackError([{ file: where, line: 0, column: 0, message: 'there is no pack.yaml; a pack is a folder with a pack.yaml and a folder of levels for each world' }]);
  const problems: Problem[] = [];
  const located = parseYaml('pack.yaml', packFile.file.text);
  const data = inLanguage(withTranslations(located.data, packFile.translations), language);
  if (!validatePack(data)) throw new PackError(schemaProblems('pack.yaml', located, validatePack.errors ?? []));
  const { name, title, version, worlds } = data;
  const levels = originals.filter((original) => original !== packFile).flatMap((original) => collect(problems, () => readLevel(original, worlds, language)));
  problems.push(...crossProblems(levels));
  if (problems.length > 0) throw new PackError(problems);
  const order = new Map(worlds.map((world, i) => [world.id, i]));
  levels.sort((a, b) => (order.get(a.world)! - order.get(b.world)!) || (a.file < b.file ? -1 : 1));
  return { name, title, version, worlds, levels, digest: digestOf(files), ...(signedBy ? { signedBy } : {}) };
}

const idOf = (file: string): string => basename(file, '.yaml').replace(/^\d+-/, '');

/** The levels' ids and titles as they stand in the files, unchecked: quick enough for a key press. */
export function levelsAtAGlance(where: string): { id: string; title: string }[] {
  return readPack(where).files.filter(({ path }) => path !== 'pack.yaml' && !translationOf(path))
    .map(({ path, text }) => ({ id: idOf(path), title: /^title: *(.*)$/m.exec(text)?.[1] ?? '' }));
}

function collect(problems: Problem[], read: () => Level): Level[] {
  try {
    return [read()];
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function readLevel({ file: { path: file, text }, translations }: Original, worlds: readonly WorldInfo[], language: string): Level {
  const located = parseYaml(file, text);
  const place = { id: idOf(file), file, worldOfFolder: file.split('/')[0]!.replace(/^\d+-/, '') };
  const level = levelFrom(inLanguage(withTranslations(located.data, translations), language), place, located, { seed: '1' });
  const { world } = level;
  const problems = levelProblems(level, located);
  if (!worlds.some((w) => w.id === world)) {
    const near = nearest(world, worlds.map((w) => w.id));
    problems.push({ file, ...located.at(['world']), message: `world "${world}" is not in pack.yaml${near ? `; did you mean "${near}"?` : ''}` });
  }
  if (problems.length > 0) throw new PackError(problems);
  return level;
}

function levelProblems(level: Level, located: Located): Problem[] {
  const problems: Problem[] = [];
  const problem = (path: (string | number)[], message: string) => problems.push({ file: level.file, ...located.at(path), message });
  const checks: [CheckSpec, (string | number)[]][] = [
    ...level.objectives.map((o, i): [CheckSpec, (string | number)[]] => [o.check, ['objectives', i, 'check']]),
    ...(level.guards ?? []).map((g, i): [CheckSpec, (string | number)[]] => [g.check, ['guards', i, 'check']]),
  ];
  for (const [check, path] of checks) {
    const endless = check.ran && endlessPattern(check.ran);
    if (endless) problem([...path, 'ran'], `${path.map(String).join('.')}.ran: "${check.ran}" ${endless}`);
    if (!check.that) continue;
    try {
      conditionOf(check);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      problem([...path, 'that'], `${path.map(String).join('.')}.that: ${error.message}`);
    }
  }
  const traffic = (level.traffic ?? []).map((t) => t.name);
  for (const [check, path] of checks) {
    if (check.traffic && !traffic.includes(check.traffic)) problem([...path, 'traffic'], `there is no traffic named "${check.traffic}"${traffic.length ? `; there are ${traffic.join(', ')}` : ''}`);
    if (check.file && !check.node) problem([...path, 'file'], 'a file check needs `node`');
    if (check.node && !level.cluster.nodes.some((n) => n.name === check.node)) problem([...path, 'node'], `there is no node named "${check.node}"`);
  }
  const ids = [...level.objectives, ...(level.guards ?? [])].map((o) => o.id);
  for (const [i, id] of ids.entries()) if (ids.indexOf(id) !== i) problem(['objectives'], `the id "${id}" is used twice`);
  for (const [i, mistake] of level.mistakes.entries()) {
    if (typeof mistake === 'string' || mistake.caught === undefined || ids.includes(mistake.caught)) continue;
    const near = nearest(mistake.caught, ids);
    problem(['mistakes', i, 'caught'], `mistakes[${i}].caught: there is no objective or guard "${mistake.caught}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  for (const [i, { domain }] of level.objectives.entries()) {
    const domains = Object.keys(level.exam?.domains ?? {});
    if (level.exam && domain === undefined) problem(['objectives', i], `objectives[${i}]: in an exam each objective names its \`domain\``);
    else if (domain !== undefined && !domains.includes(domain)) problem(['objectives', i, 'domain'], `objectives[${i}].domain: "${domain}" is no domain of the exam${level.exam ? `; there are ${domains.join(', ')}` : ''}`);
  }
  problems.push(...taskProblems(level, located));
  problems.push(...sceneProblems(level, located));
  if (!level.cluster.nodes.some((n) => n.role === 'control-plane')) problem(['cluster', 'nodes'], 'one node needs `role: control-plane`');
  return problems;
}

/** Each objective of an exam that has tasks is part of one, and each task is asked for by one. */
function taskProblems({ file, exam, objectives, contexts: known }: Level, located: Located): Problem[] {
  const problem = (path: (string | number)[], message: string): Problem => ({ file, ...located.at(path), message });
  const ids = (exam?.tasks ?? []).map(({ id }) => id);
  const strays = objectives.flatMap(({ task }, i) => {
    if (task === undefined) return ids.length > 0 ? [problem(['objectives', i], `objectives[${i}]: in an exam with tasks each objective names its \`task\``)] : [];
    const near = nearest(task, ids);
    return ids.includes(task) ? [] : [problem(['objectives', i, 'task'], `objectives[${i}].task: there is no task "${task}"${near ? `; did you mean "${near}"?` : ''}`)];
  });
  const idle = ids.flatMap((id, i) => (objectives.some(({ task }) => task === id) ? [] : [problem(['exam', 'tasks', i], `exam.tasks[${i}]: no objective belongs to the task "${id}"`)]));
  const twice = ids.flatMap((id, i) => (ids.indexOf(id) === i ? [] : [problem(['exam', 'tasks', i, 'id'], `the task "${id}" is there twice`)]));
  const contexts = Object.keys(known ?? {});
  const lost = (exam?.tasks ?? []).flatMap(({ context }, i) => (context === undefined || contexts.includes(context) ? [] : [problem(['exam', 'tasks', i, 'context'], `exam.tasks[${i}].context: "${context}" is none of \`contexts\`${contexts.length > 0 ? `; there are ${contexts.join(', ')}` : ''}`)]));
  return [...strays, ...idle, ...twice, ...lost];
}

/** What is set up must be readable, and of a size that a player's machine carries. */
function sceneProblems(level: Level, located: Located): Problem[] {
  const problem = (field: string, message: string): Problem => ({ file: level.file, ...located.at([field]), message: `${field}: ${message}` });
  const machines = level.cluster.nodes.length + (level.cluster.nodeGroups ?? []).reduce((sum, { max }) => sum + max, 0);
  const found = machines > NODES_MAX ? [problem('cluster', `${machines} nodes are more than the ${NODES_MAX} that a level may have`)] : [];
  try {
    const many = level.setup && tooMany(parseManifests(level.setup));
    if (many) found.push(problem('setup', many));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const [, message = '', line, column] = /^(.*?)(?: at line (\d+), column (\d+):?)?$/s.exec(error.message) ?? [];
    found.push({ ...problem('setup', message), ...(line === undefined ? {} : located.within(['setup'], Number(line), Number(column))) });
  }
  const scripts: [string, string][] = [['prepare', level.prepare ?? ''], ...(level.events ?? []).map(({ run = '' }): [string, string] => ['events', run])];
  for (const [field, script] of scripts) {
    const many = tooManyByCommand(script);
    if (many) found.push(problem(field, many));
  }
  for (const mark of level.template ? marksIn({ ...level, template: undefined, params: undefined }) : []) found.push(problem('params', `<<${mark}>> stands in the level, and is no parameter`));
  return found;
}

function crossProblems(levels: readonly Level[]): Problem[] {
  const ids = levels.map((level) => level.id);
  const suggestion = (id: string, known: readonly string[]) => { const near = nearest(id, known); return near ? `; did you mean "${near}"?` : ''; };
  return levels.flatMap((level, i) => [
    ...(ids.indexOf(level.id) === i ? [] : [{ file: level.file, line: 0, column: 0, message: `another level is already called "${level.id}"` }]),
    ...(level.needs ?? []).filter((need) => !ids.includes(need)).map((need) => ({ file: level.file, line: 0, column: 0, message: `needs "${need}", which is no level of this pack${suggestion(need, ids)}` })),
    ...(isCyclic(level, levels) ? [{ file: level.file, line: 0, column: 0, message: `needs itself, by way of ${(level.needs ?? []).join(', ')}: it could never be opened` }] : []),
  ]);
}

/** Whether a level is among what it needs, directly or not. */
function isCyclic(level: Level, levels: readonly Level[]): boolean {
  return needsOf(level, levels).has(level.id);
}

/** The ids of all levels that must be won before a level, directly or not. */
export function needsOf(level: Level, levels: readonly Level[]): Set<string> {
  const byId = new Map(levels.map((one) => [one.id, one]));
  const found = new Set<string>();
  const waiting = [...(level.needs ?? [])];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...(byId.get(id)?.needs ?? []));
  }
  return found;
}
