/** What a pack author's editor is told: the declarations stand alone, know a level's fields, and refuse what is none. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-types-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(ROOT, join(folder, 'node_modules', 'kube-quest'));

/** What the compiler says of a program of a user who has no other package. */
function compiled(program: string, name = 'consumer.mts'): string {
  writeFileSync(join(folder, name), program);
  return spawnSync('node', [`${ROOT}/node_modules/typescript/bin/tsc`, '--noEmit', '--strict', '--ignoreConfig', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022', '--types', '', '--skipLibCheck', 'false', name], { cwd: folder, encoding: 'utf8' }).stdout;
}

const LEVEL = `{
  title: 'Scale', difficulty: 1, minutes: 3, teaches: ['replicas'], cluster: { nodes: [{ name: 'worker-1', cpu: 4 }], addons: ['metrics-server'] },
  briefing: 'b', debrief: 'd', objectives: [{ id: 'five', text: 't', points: 100, check: { get: 'deployments/web', that: 'true' }, hold: '5s' }],
  hints: [], solutions: ['true'], mistakes: ['false'], params: { n: { from: 1, to: 3 } },
}`;

test.each(['consumer.mts', 'consumer.cts'])('a level and a reader of attempts compile as %s', (name) => {
  expect(compiled(`import type { Attempt, Level, LevelSpec, Pack } from 'kube-quest/types';
    export const level: LevelSpec = ${LEVEL};
    export const lines = ({ inputs }: Attempt): string[] => inputs.flatMap((input) => input.do === 'run' ? [input.line] : []);
    export const first = (pack: Pack): Level | undefined => pack.levels[0];`, name)).toBe('');
});

test('a field that is misspelt is refused', () => {
  expect(compiled(`import type { LevelSpec } from 'kube-quest/types';\nexport const level: LevelSpec = ${LEVEL.replace('objectives:', 'objectivs:')};`)).toMatch(/objectivs/);
});
