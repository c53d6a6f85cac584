/** Reads a pack from a folder: bounded, never outside of it, nothing executed. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import Ajv from 'ajv';
import { compileCondition, ConditionError } from '../checks/condition.ts';
import { checkVariables } from '../checks/subjects.ts';
import type { CheckSpec, Level, LevelSpec, Pack, WorldInfo } from './level.ts';
import { describeSchemaError, type Located, nearest, PackError, parseYaml, type Problem } from './problems.ts';
import { levelSchema, packSchema } from './schema.ts';

const FILE_BYTES_MAX = 256 * 1024;
const FILES_MAX = 2000;
const DEPTH_MAX = 6;

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false });
const validateLevel = ajv.compile<LevelSpec>(levelSchema);
const validatePack = ajv.compile<{ name: string; title: string; version: string; worlds: WorldInfo[] }>(packSchema);

/** The pack in a folder. Throws PackError with everything that is wrong with it. */
export function loadPack(folder: string): Pack {
  const files = yamlFiles(folder);
  const packFile = files.find((file) => file.path === 'pack.yaml');
  if (!packFile) throw new PackError([{ file: join(folder, 'pack.yaml'), line: 0, column: 0, message: 'there is no pack.yaml; a pack is a folder with a pack.yaml and a folder of levels for each world' }]);
  const problems: Problem[] = [];
  const located = parseYaml(packFile.path, packFile.text);
  if (!validatePack(located.data)) throw new PackError(schemaProblems(packFile.path, located, validatePack.errors ?? []));
  const { name, title, version, worlds } = located.data;
  const levels = files.filter((file) => file !== packFile).flatMap((file) => collect(problems, () => readLevel(file.path, file.text, worlds)));
  problems.push(...crossProblems(levels));
  if (problems.length > 0) throw new PackError(problems);
  const order = new Map(worlds.map((world, i) => [world.id, i]));
  levels.sort((a, b) => (order.get(a.world)! - order.get(b.world)!) || (a.file < b.file ? -1 : 1));
  return { name, title, version, worlds, levels, digest: digestOf(files) };
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

function readLevel(file: string, text: string, worlds: readonly WorldInfo[]): Level {
  const located = parseYaml(file, text);
  if (!validateLevel(located.data)) throw new PackError(schemaProblems(file, located, validateLevel.errors ?? []));
  const spec = located.data;
  const world = spec.world ?? file.split('/')[0]!.replace(/^\d+-/, '');
  const level: Level = { ...spec, id: basename(file, '.yaml').replace(/^\d+-/, ''), world, file };
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
    if (!check.that) continue;
    try {
      compileCondition(check.that, checkVariables(check));
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
    if (typeof mistake === 'string' || ids.includes(mistake.caught)) continue;
    const near = nearest(mistake.caught, ids);
    problem(['mistakes', i, 'caught'], `mistakes[${i}].caught: there is no objective or guard "${mistake.caught}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  if (!level.cluster.nodes.some((n) => n.role === 'control-plane')) problem(['cluster', 'nodes'], 'one node needs `role: control-plane`');
  return problems;
}

function crossProblems(levels: readonly Level[]): Problem[] {
  const ids = levels.map((level) => level.id);
  return levels.flatMap((level, i) => [
    ...(ids.indexOf(level.id) === i ? [] : [{ file: level.file, line: 0, column: 0, message: `another level is already called "${level.id}"` }]),
    ...(level.needs ?? []).filter((need) => !ids.includes(need)).map((need) => ({ file: level.file, line: 0, column: 0, message: `needs "${need}", which is no level of this pack` })),
  ]);
}

function schemaProblems(file: string, located: Located, errors: readonly Parameters<typeof describeSchemaError>[0][]): Problem[] {
  const own = errors.filter((error) => !(error.keyword === 'required' && error.schemaPath.includes('/oneOf/')));
  const seen = new Set<string>();
  return own.map((error) => {
    const { path, message } = describeSchemaError(error);
    return { file, ...located.at(path), message };
  }).filter(({ message }) => !seen.has(message) && seen.add(message));
}

interface SourceFile { path: string; text: string }

function yamlFiles(folder: string): SourceFile[] {
  const found: SourceFile[] = [];
  const visit = (directory: string, depth: number) => {
    for (const name of readdirSync(directory).sort()) {
      const path = join(directory, name);
      const stat = lstatSync(path);
      if (name.startsWith('.') || stat.isSymbolicLink()) continue;
      if (stat.isDirectory()) {
        if (depth < DEPTH_MAX) visit(path, depth + 1);
        continue;
      }
      if (!name.endsWith('.yaml')) continue;
      const file = relative(folder, path).split(sep).join('/');
      if (stat.size > FILE_BYTES_MAX) throw new PackError([{ file, line: 0, column: 0, message: `is larger than ${FILE_BYTES_MAX / 1024} KiB` }]);
      if (found.length >= FILES_MAX) throw new PackError([{ file, line: 0, column: 0, message: `a pack holds ${FILES_MAX} files at most` }]);
      found.push({ path: file, text: readFileSync(path, 'utf8') });
    }
  };
  try {
    visit(folder, 0);
  } catch (error) {
    if (error instanceof PackError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new PackError([{ file: folder, line: 0, column: 0, message: code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'is not a folder' : `cannot be read (${code})` }]);
  }
  return found;
}

function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of files) hash.update(`${path}\0${text}\0`);
  return `sha256:${hash.digest('hex')}`;
}
