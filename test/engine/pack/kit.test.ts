/** What authors are given: templates that work, a guide and schemas that are up to date, drafts, parameters and languages. */
import Ajv from 'ajv';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { derivedFiles } from '../../../.config/kit-derived.ts';
import { editorLevelSchema, editorPackSchema, fieldsOf } from '../../../src/engine/pack/kit/editor-schema.ts';
import { LEVEL_DOCS, PACK_DOCS } from '../../../src/engine/pack/kit/field-docs.ts';
import { draftLevel } from '../../../src/engine/pack/kit/import.ts';
import { initPack, newLevel } from '../../../src/engine/pack/kit/scaffold.ts';
import { syllabusOf } from '../../../src/engine/pack/kit/syllabus.ts';
import { translationOf } from '../../../src/engine/pack/translations.ts';
import { lintPack } from '../../../src/engine/pack/lint/lint.ts';
import { sarifOf } from '../../../src/engine/pack/lint/sarif.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { formatProblem } from '../../../src/engine/pack/problems.ts';
import { drawnFor } from '../../../src/engine/pack/read-level.ts';
import { levelSchema, packSchema } from '../../../src/engine/pack/schema.ts';
import { filesOf, folderOf, LEVEL, PACK } from './small-pack.ts';

const TEMPLATES = 'templates/pack';
const shipped = () => readdirSync('levels', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml') && !translationOf(name)).map((name) => `levels/${name.split(sep).join('/')}`).sort();
const lint = (files: Readonly<Record<string, string>>) => lintPack(folderOf(filesOf(files))).problems;
const warned = (files: Readonly<Record<string, string>>) => lint(files).map((problem) => `${problem.rule}: ${formatProblem(problem)}`);

test('a new pack has no fault, and takes its folder\'s name', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'kube-quest-init-')), 'Acme Missions');
  initPack(folder, TEMPLATES);
  newLevel(folder, 'basics', 'third-step', TEMPLATES);
  const { pack, problems } = lintPack(folder);
  expect(problems).toEqual([]);
  expect([pack?.name, pack?.levels.map(({ file }) => file)]).toEqual(['acme-missions', ['basics/01-open-the-shop.yaml', 'basics/02-the-wrong-door.yaml', 'basics/03-third-step.yaml']]);
  expect(() => initPack(folder, TEMPLATES)).toThrow(/is not empty; name a new folder/);
  expect(() => newLevel(folder, 'basics', 'third-step', TEMPLATES)).toThrow(/is there already/);
  expect(() => newLevel(folder, 'basics', '../x', TEMPLATES)).toThrow(/is no name for a level/);
});

test('schemas and reference are up to date: `npx tsx .config/kit-files.ts` writes them, and the levels\' first lines', () => {
  expect(derivedFiles([], (path) => readFileSync(path, 'utf8')).map(({ path }) => path)).toEqual([]);
});

test('every field says what it is for, and nothing else is described', () => {
  for (const [schema, docs] of [[levelSchema, LEVEL_DOCS], [packSchema, PACK_DOCS]] as const) {
    const fields = fieldsOf(schema, docs);
    expect(fields.filter(({ text }) => text === undefined).map(({ path }) => path)).toEqual([]);
    expect(Object.keys(docs).filter((path) => !fields.some((field) => field.path === path))).toEqual([]);
  }
});

test('the published schemas accept what the game accepts: shipped levels, parameters, languages', () => {
  const ajv = new Ajv({ strict: false });
  const validate = { level: ajv.compile(editorLevelSchema()), pack: ajv.compile(editorPackSchema()) };
  for (const path of [...shipped(), 'templates/pack/basics/01-open-the-shop.yaml', 'templates/pack/basics/02-the-wrong-door.yaml']) {
    const check = path.endsWith('pack.yaml') ? validate.pack : validate.level;
    expect([path, check(parse(readFileSync(path, 'utf8'))), check.errors]).toEqual([path, true, null]);
  }
  const level = parse(LEVEL) as Record<string, unknown>;
  expect(validate.level({ ...level, title: { en: 'Two', de: 'Zwei' }, minutes: '<<minutes>>' })).toBe(true);
  expect(validate.level({ ...level, minutes: 'two' })).toBe(false);
});

test('an import proposes its checks from the difference', () => {
  const web = (image: string) => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "${image}"}]}}\n`;
  const old = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\n';
  const draft = draftLevel(`${web('nginx:typo')}---\n${old}`, web('nginx:1.27'), { id: 'web', title: 'Web' });
  const pack = loadPack(folderOf(filesOf({ 'basics/09-web.yaml': draft })));
  expect(pack.levels[1]?.objectives.map(({ check }) => [check.get, check.that])).toEqual([
    ['deployments/web', 'object.spec.template.spec.containers.exists(item, item.name == "web" && item.image == "nginx:1.27")'],
    ['deployments/web', 'object.status.readyReplicas == object.spec.replicas'],
    ['configmaps/old', 'object == null'],
  ]);
  expect(() => draftLevel(old, old, { id: 'a', title: 'A' })).toThrow('there is nothing to mend');
});

test('parameters are drawn by seed or by name, and the same again', () => {
  const text = LEVEL.replace('minutes: 2', 'minutes: <<minutes>>\nparams:\n  minutes: {from: 2, to: 9}\n  color: {oneOf: [red, blue, green], by: player}\n  me: {is: player}').replace('Two are wanted.', 'Two for <<me>>, in <<color>>.');
  const [level] = loadPack(folderOf(filesOf({ 'basics/01-two.yaml': text }))).levels;
  const of = (seed: string, player: string) => { const { minutes, briefing } = drawnFor(level!, { seed, player }); return { minutes, briefing }; };
  expect(of('a', 'Ada L.')).toEqual(of('a', 'Ada L.'));
  expect(of('a', 'Ada L.').briefing).toMatch(/^Two for ada-l, in (red|blue|green)\.$/);
  expect(of('b', 'Ada L.').briefing).toBe(of('a', 'Ada L.').briefing);
  expect(new Set('abcdefgh'.split('').map((seed) => of(seed, '').minutes)).size).toBeGreaterThan(2);
  expect(new Set('abcdefgh'.split('').map((name) => of('a', name).briefing.split('in ')[1])).size).toBeGreaterThan(1);
});

test('texts come in the language asked for; what is missing falls back, and lint lists it', () => {
  const text = LEVEL.replace('briefing: Two are wanted.', 'briefing: {en: Two are wanted., de: Zwei sollen es sein.}');
  const folder = folderOf(filesOf({ 'basics/01-two.yaml': text }));
  const briefing = (language: string) => loadPack(folder, { language }).levels[0]?.briefing;
  expect([briefing('en'), briefing('de'), briefing('de-AT'), briefing('fr')]).toEqual(['Two are wanted.', 'Zwei sollen es sein.', 'Zwei sollen es sein.', 'Two are wanted.']);
  expect(loadPack(folder, { language: 'de' }).digest).toBe(loadPack(folder).digest);
  expect(warned({ 'basics/01-two.yaml': text })).toContainEqual('translation: basics/01-two.yaml:1:1: title: there is no text for de');
});

test('a translation lies beside its file; what it does not have falls back, what it should not have is told', () => {
  const german = 'title: Zwei\nobjectives: {two: Zwei sind bereit}\nhints: [Sieh nach]\n';
  const folder = folderOf(filesOf({ 'basics/01-two.de.yaml': german, 'pack.de.yaml': 'worlds: {basics: {title: Grundlagen}}\n' }));
  const { levels, worlds } = loadPack(folder, { language: 'de' });
  expect([levels.length, levels[0]?.title, levels[0]?.objectives[0]?.text, levels[0]?.hints[0]?.text, worlds[0]?.title]).toEqual([1, 'Zwei', 'Zwei sind bereit', 'Sieh nach', 'Grundlagen']);
  expect([levels[0]?.briefing, levels[0]?.objectives[0]?.check]).toEqual([loadPack(folder).levels[0]?.briefing, loadPack(folder).levels[0]?.objectives[0]?.check]);
  expect(loadPack(folder).levels[0]?.title).toBe('Two');
  expect(warned({ 'basics/01-two.de.yaml': german })).toContainEqual('translation: basics/01-two.yaml:15:1: briefing: there is no text for de');
  const load = (files: Readonly<Record<string, string>>) => () => loadPack(folderOf(filesOf(files)));
  expect(load({ 'basics/01-two.de.yaml': 'titel: Zwei\n' })).toThrow('basics/01-two.de.yaml:1:1: "titel" is no text that can be translated; did you mean "title"?');
  expect(load({ 'basics/01-two.de.yaml': 'objectives: {three: Drei}\n' })).toThrow(/objectives: there is no "three"; there are two/);
  expect(load({ 'basics/01-two.de.yaml': 'solutions: [kubectl delete all]\n' })).toThrow(/"solutions" is no text/);
  expect(load({ 'basics/01-two.de.yaml': 'hints: [a, b, c, d, e, f]\n' })).toThrow(/hints: has to be a list of \d texts at most/);
  expect(load({ 'basics/09-lost.de.yaml': german })).toThrow('translates basics/09-lost.yaml, which is not there');
});

test('the course is told in German where it has been translated', () => {
  const { levels, worlds } = loadPack('levels', { language: 'de-AT' });
  expect(worlds.every(({ title }) => title.length > 0) && worlds[0]?.title).toBe('Erster Kontakt');
  const first = levels.filter(({ world }) => world === 'first-contact');
  const english = loadPack('levels').levels.filter(({ world }) => world === 'first-contact');
  const textsOf = (of: typeof first) => of.flatMap(({ title, briefing, debrief, objectives, guards = [], hints, events = [] }) => [title, briefing, debrief, ...[...objectives, ...guards, ...hints].map(({ text }) => text), ...events.flatMap(({ say }) => say ?? [])]);
  expect(textsOf(first).filter((text, index) => text === textsOf(english)[index])).toEqual([]);
  const commands = (text: string) => [...text.matchAll(/`([^`]*)`/g)].map(([, command]) => command);
  expect(first.map(({ hints }) => hints.map(({ text }) => commands(text)))).toEqual(english.map(({ hints }) => hints.map(({ text }) => commands(text))));
});

test('lint tells what nobody could use: order of learning, dead hints, long texts, empty worlds', () => {
  expect(warned({ 'basics/02-other.yaml': LEVEL.replace(/teaches: .*/, 'teaches: [more]') })).toEqual(['learn-order: basics/02-other.yaml:1:1: "kubectl scale" is demanded here and taught by two, which is not among what this level needs']);
  expect(warned({ 'basics/02-other.yaml': LEVEL.replace(/teaches: .*/, 'teaches: [more]\nneeds: [two]') })).toEqual([]);
  expect(warned({ 'basics/01-two.yaml': LEVEL.replace('kubectl get deployments', 'kubectl get pods -n shpo') })).toEqual([expect.stringContaining('dead-hint: basics/01-two.yaml:19:15: hint 1 speaks of "shpo"')]);
  expect(warned({ 'basics/01-two.yaml': LEVEL.replace('title: Two', `title: ${'Two '.repeat(20)}`) })).toEqual([expect.stringContaining('text-length: basics/01-two.yaml:1:1: title has 79 characters; 60 are plenty')]);
  expect(warned({ 'pack.yaml': `${PACK}  - {id: empty, title: Empty}\n` })).toEqual(['empty-world: pack.yaml:6:6: no level belongs to the world "empty"']);
  expect(JSON.stringify(sarifOf(lint({ 'basics/01-two.yaml': LEVEL.replace('replicas: 1', 'replcas: 1') }), '1.0.0'))).toContain('"ruleId":"manifest","level":"error","message":{"text":"setup: Deployment has no field \\"spec.replcas\\"; did you mean \\"replicas\\"?"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"basics/01-two.yaml"},"region":{"startLine":12,"startColumn":5}}}]');
});

test('a syllabus names worlds, levels and where each concept is taught', () => {
  const text = syllabusOf(loadPack(TEMPLATES));
  expect(text).toContain('### The wrong door\n\n`the-wrong-door` · difficulty 2 · 5 minutes · after Open the shop');
  expect(text).toContain('| selector | The wrong door |');
});
