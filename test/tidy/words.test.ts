/** What a player reads is in the catalogue of languages, nowhere else in the screens. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** What is no language of ours: programs that are imitated (vi, nano, bash), patterns, what stops the program before there is a screen. */
const ALLOWED: readonly (readonly [file: RegExp, text: RegExp])[] = [
  [/^ui\/text-editor/, /./], [/^ui\/panes\/editor-pane/, /^-- INSERT --$|^E\\d|not found/], [/^ui\/panes\/terminal-pane/, /i-search/], [/^ui\/line-editor/, /./],
  [/^ui\/terminal\/environment/, /TERM=dumb|needs a terminal|^kube-quest |^Problem$/], [/^ui\/screens\/settings/, /^vi$|^nano$/], [/^ui\/dialogs/, /^(export KUBECONFIG|kubectl get nodes)/], [/^ui\/plain\/commands/, /^ {2}export KUBECONFIG/],
  [/^ui\/sights\/events-keys/, /^kubectl events/], [/./, /^(Ctrl|Alt|Shift)-|^Terminating$|^ExternalName$|^Running$|^Ready$/], [/^ui\/(sights\/detail|syntax\/)/, /^(Error from server|error:)|Error from server/], [/^ui\/markdown/, /[;{]/],
  [/^ui\/sights\/request/, /^(Allocation|Spread)$/], [/^engine\/xray/, /^Status$/],
];

const PLACES = ['ui', 'engine/xray', 'engine/score', 'engine/checks/evaluate.ts', 'engine/mission-look.ts', 'engine/session-door.ts', 'engine/sandbox.ts', 'engine/practice.ts'];

/** Sentences, and words that begin like one; not the names of kinds and types, such as `StatefulSet`. */
const SPOKEN = /\p{L}{2,} \p{L}{2,}|^\p{Lu}\p{Ll}{3,}(?!\p{L})/u;

/** The texts of a source that a player could read: quoted ones, and what stands around the values of templates. */
export function textsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{])\/\/.*$/gm, '').replace(/^import .*$/gm, '');
  const quoted = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map(([, text = '']) => text);
  const templates = [...code.matchAll(/`((?:[^`\\]|\\.)*)`/g)].flatMap(([, text = '']) => text.split(/\$\{[^}]*\}?/));
  return [...quoted, ...templates].filter((text) => SPOKEN.test(text));
}

const files = PLACES.flatMap((place) => (place.endsWith('.ts') ? [place] : readdirSync(join(SRC, place), { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name)).map((name) => `${place}/${name.split(sep).join('/')}`)));

test.each(files)('%s says nothing of its own', (file) => {
  const allowed = (text: string) => ALLOWED.some(([where, what]) => where.test(file) && what.test(text));
  expect(textsOf(readFileSync(join(SRC, file), 'utf8')).filter((text) => !allowed(text))).toEqual([]);
});

test('the links of a chain of causes are told in words of the catalogue', () => {
  const sources = readdirSync(join(SRC, 'engine/why')).map((name) => readFileSync(join(SRC, 'engine/why', name), 'utf8'));
  expect(sources.flatMap((source) => source.match(/\blink\((?:'[^']*'|`[^`]*`)/g) ?? []).flatMap(textsOf)).toEqual([]);
  expect(sources.join('').match(/\blink\(/g)?.length).toBeGreaterThan(40);
});

test('a sentence in a screen would be found', () => {
  expect(textsOf("const a = line('No level has this.'); // 'not this one'")).toEqual(['No level has this.']);
  expect(textsOf('const a = `${count} more lines below`; /* `nor this one` */')).toEqual([' more lines below']);
  expect(textsOf("title: 'Levels', style: 'title'")).toEqual(['Levels']);
});
