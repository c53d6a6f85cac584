/** Random words to kubectl: each line is answered with an exit code and a message, never by a fault of the program. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { commandPaths, ownFlags } from '../../src/kubectl/surface.ts';
import { deployment, Scene } from '../scenario/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.hollow({ w1: {}, w2: {} });
  await scene.apply(deployment('web', { replicas: 2 }));
  await scene.wait(5);
});

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
/** Those that go on for as long as somebody is there. */
const ENDLESS = /^(proxy|port-forward|attach|edit|debug|exec|run|cp)\b/;
const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('pods', 'deploy', 'deployment/web', 'web', 'nodes', 'w1', 'svc', 'cm', 'all', 'pod/none', 'default', 'key=value', 'key-', 'key:NoSchedule', 'x=y:NoExecute', '-', '.', 'deployments.v1.apps', 'no/such/thing', 'a,b', 'pods,', '/', 'https://x', '{}', '1', '-1', '0x1') },
  { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: fc.constantFrom(...'ab=/-,.{}[]:*\\"\' ~$') }) },
);
const value = fc.oneof(fc.constantFrom('', '0', '-1', '1', 'true', 'json', 'yaml', 'wide', 'name', 'jsonpath={.items[*]}', 'jsonpath={', 'custom-columns=A', 'custom-columns=A:.x', 'go-template={{.x', 'all', 'none', 'client', 'server', '1s', '5x', 'app=web', 'app in (', '{"spec":{}}', '[]', '{', 'background', 'default', 'nowhere', 'a=b', '/no/such/file', '999999999999999999999'), word);

const line = fc.constantFrom(...commandPaths.filter((path) => !ENDLESS.test(path))).chain((path) => {
  const flags = ownFlags(path).filter(({ name }) => !['watch', 'watch-only', 'follow', 'help', 'interactive', 'edit'].includes(name));
  const flag = flags.length === 0 ? fc.constant('--nonsense') : fc.tuple(fc.constantFrom(...flags), value, fc.boolean()).map(([{ name, short }, given, isShort]) => quoted(isShort && short ? `-${short}${given}` : `--${name}=${given}`));
  return fc.tuple(fc.array(fc.oneof(word.map(quoted), flag, flag), { maxLength: 4 }), fc.constantFrom('', '', ' -n default', ' -o json', ' --all-namespaces', ' -f /no/such/file', ' --dry-run=server', ' -l app=web'))
    .map(([words, more]) => `timeout 20 kubectl ${path} ${words.join(' ')}${more} </dev/null; echo "exit=$?"`);
});

test('any words and flags', async () => {
  const told: string[] = [];
  await fc.assert(fc.asyncProperty(line, async (text) => {
    let said: string;
    try {
      said = await scene.run(text);
    } catch (error) {
      throw new Error(`${text}\n${error instanceof Error ? error.stack : String(error)}`);
    }
    expect(said).toMatch(/exit=\d+$/m);
    if (/TypeError|RangeError|ReferenceError|\.ts:\d+|Cannot read propert|is not a function|is not iterable|\[object Object\]|\bNaN\b|(^|[^\w."'])undefined\b/.test(said)) told.push(`${text}\n${said.slice(0, 300)}`);
  }), { numRuns: Number(process.env['KUBE_QUEST_FUZZ'] ?? 250) });
  expect(told).toEqual([]);
});
