/** Whatever is in a file, it is read or refused in one sentence; nothing else is ever thrown. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAttempt } from '../../src/engine/attempt-file.ts';
import { BundleError, readBundle, sealed } from '../../src/engine/attempts/bundle.ts';
import { ManifestError, parseManifests } from '../../src/engine/manifests.ts';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { PackError } from '../../src/engine/pack/problems.ts';
import { filesOfArchive } from '../../src/engine/pack/sources/archive.ts';
import { buildPack, filesOfBuilt } from '../../src/engine/pack/sources/built.ts';
import { GameProblem } from '../../src/engine/view.ts';
import { merge, migrate, newProfile, UnreadableSave } from '../../src/saves/profile.ts';
import { filesOf, folderOf, LEVEL, PACK } from '../engine/pack/small-pack.ts';

/** A JSON value with some of its parts replaced, removed or added. */
const damaged = (good: unknown): fc.Arbitrary<unknown> => fc.array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.constantFrom(-1, 1e308, '', '__proto__', '../../x'))), { minLength: 1, maxLength: 3 }).map((changes) => changes.reduce<unknown>((value, [place, part]) => changedAt(value, place, part), structuredClone(good)));

function changedAt(value: unknown, place: number, part: unknown): unknown {
  if (typeof value !== 'object' || value === null || place % 7 === 0) return part;
  const keys = Object.keys(value);
  const key = keys[place % (keys.length || 1)] ?? 'new';
  if (Array.isArray(value)) return value.map((item: unknown, i) => (String(i) === key ? changedAt(item, Math.floor(place / 3), part) : item));
  return { ...value, [key]: changedAt(Reflect.get(value, key), Math.floor(place / 3), part) };
}

/** A text with pieces cut out and put in. */
const torn = (good: string): fc.Arbitrary<string> => fc.array(fc.tuple(fc.nat(good.length), fc.nat(20), fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('\n', '  ', '- ', ': ', '{', '}', '[', '&a ', '*a', '!!js ', '|', '"', '\u0000', '---\n', '<<: '))), { minLength: 1, maxLength: 4 })
  .map((cuts) => cuts.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), good));

function only<T>(errors: readonly (abstract new (...words: never[]) => Error)[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!errors.some((kind) => error instanceof kind)) throw error;
    expect(Object(error).message).not.toMatch(/undefined|\[object Object\]|Cannot read|is not a function/);
    return undefined;
  }
}

const attempt = { ...newAttempt('two', 'sha256:0', 'seed', 'id', 'Ada'), elapsedMs: 9, inputs: [{ atMs: 1, do: 'run', line: 'ls', tab: 1 }, { atMs: 2, do: 'edit', text: null }, { atMs: 3, do: 'outside', calls: [{ note: 'x' }, { ask: { method: 'POST', path: '/api', body: '{}' } }, { stream: 1, send: 'x' }] }] as const };

describe('what is read', () => {
  const save = { ...newProfile('abc', 'Ada', new Date(0)), levels: { two: { stars: 1, bestScore: 5, wins: 1, attempts: 1, playedMs: 4, best: attempt } }, open: { two: attempt }, openedAt: { two: 1 }, days: { '2026-01-01': 1 } };
  test('saves: one that is taken can be merged, written and read again', () => fc.assert(fc.property(damaged(save), (data) => {
    const profile = only([UnreadableSave], () => migrate(data));
    if (!profile) return;
    expect(profile.id).toMatch(/^[\w-]+$/);
    expect(profile.name.toLowerCase()).toBeTypeOf('string');
    const both = merge(profile, migrate(save), new Set());
    expect(migrate(JSON.parse(JSON.stringify(both)))).toEqual(JSON.parse(JSON.stringify(both)));
  }), { numRuns: 1000 }));

  test('attempt files', () => fc.assert(fc.property(fc.oneof(damaged(attempt).map((data) => JSON.stringify(data) ?? ''), torn(JSON.stringify(attempt))), (text) => {
    only([GameProblem], () => parseAttempt(text, 'file'));
  }), { numRuns: 600 }));

  test('hand-ins: what is damaged is refused or known to be not intact', () => {
    const good = sealed({ pack: { name: 'p', version: '1', digest: 'd' }, player: 'x', entries: [{ attempt: JSON.parse(JSON.stringify(attempt)), claim: { score: 5, stars: 1 } }] });
    fc.assert(fc.property(damaged(good), (data) => {
      const read = only([BundleError], () => readBundle(JSON.stringify(data) ?? ''));
      if (read?.isIntact) expect(JSON.parse(JSON.stringify(data))).toEqual(JSON.parse(JSON.stringify(good)));
    }), { numRuns: 600 });
  });

  test('manifests', () => fc.assert(fc.property(fc.oneof(torn(LEVEL), torn('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n'), fc.string()), (text) => {
    only([ManifestError], () => parseManifests(text));
  }), { numRuns: 400 }));

  test('packs: files, archives and built packs', () => {
    fc.assert(fc.property(torn(LEVEL), fc.option(torn(PACK), { nil: PACK }), (level, pack) => {
      only([PackError], () => loadPack(folderOf(filesOf({ 'pack.yaml': pack, 'basics/01-two.yaml': level }))));
    }), { numRuns: 60 });
    const built = buildPack(Object.entries(filesOf()).map(([path, text]) => ({ path, text })));
    fc.assert(fc.property(torn(built), fc.uint8Array({ maxLength: 600 }), fc.boolean(), (text, bytes, isPacked) => {
      only([PackError], () => filesOfBuilt('built', text));
      only([PackError], () => filesOfArchive('archive', isPacked ? gzipSync(bytes) : bytes));
    }), { numRuns: 200 });
  });
});
