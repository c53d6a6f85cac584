import { expect, test } from 'vitest';
import { completeField } from '../../src/engine/field-completion.ts';
import { manifestProblems } from '../../src/engine/manifest-check.ts';

const DEPLOYMENT = `# Please edit the object below.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replcas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: eighty
`;
const problems = (text: string) => manifestProblems(text, { mayDefineKinds: true });
/** What could be typed at the end of the text. */
const offered = (text: string) => {
  const lines = text.split('\n');
  return completeField(lines, lines.length - 1, lines.at(-1)!.length);
};

test('unknown fields and wrong types are told with the place where they stand', () => {
  expect(problems(DEPLOYMENT)).toEqual([
    { line: 7, column: 3, message: 'Deployment has no field "spec.replcas"; did you mean "replicas"?' },
    { line: 16, column: 11, message: expect.stringMatching(/^cannot unmarshal string into Go struct field .*containerPort of type int32$/) },
  ]);
});

test('a text that is no YAML is told of once a document', () => {
  expect(problems('kind: Pod\nmetadata: {name: a\n---\nkind: Pod\napiVersion: v1\nspec: [')).toMatchObject([{ line: expect.any(Number) }, { line: 6 }]);
  expect(problems('')).toEqual([]);
});

test('what begins with a star and stands in no quotes is told of, and so are aliases without end', () => {
  expect(problems('apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n- verbs:\n  - *all')).toEqual([{ line: 5, column: 5, message: 'there is no "&all" for "*all"; a text that begins with * stands in quotes' }]);
  expect(problems('verbs:\n  - *')[0]!.line).toBe(2);
  const bomb = ['a: &a [x]', ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(', ')}]`)].join('\n');
  expect(problems(bomb)).toMatchObject([{ message: 'repeats itself by aliases (`*name`) too often' }]);
});

test.each([
  ['apiVersion: v1\nkind: Deployment', '"v1" has no kind Deployment; it is in apps/v1'], ['apiVersion: apps/v1\nkind: Deploymnet', '"Deploymnet" is not a kind; did you mean Deployment?'],
  ['apiVersion: stable.example.com/v1\nkind: CronTab', undefined],
])('of %j it says %j', (text, message) => {
  expect(problems(text)[0]?.message).toBe(message);
});

test.each<[string, number, string[]]>([
  [`${DEPLOYMENT.split('  replcas')[0]}  rep`, 2, ['replicas: ']],
  [`${DEPLOYMENT.split('      - name')[0]}      - ima`, 8, ['image: ', 'imagePullPolicy: ']],
  [`${DEPLOYMENT.split('        ports')[0]}        sec`, 8, ['securityContext:']],
  [`${DEPLOYMENT}      rest`, 6, ['restartPolicy: ']],
  [`${DEPLOYMENT}---\napiVersion: v1\nkind: Pod\nspec:\n  vol`, 2, ['volumes:']],
  ['apiVersion: apps/v1\nkind: Dep', 6, ['Deployment']], ['apiVersion: bat', 12, ['batch/v1']],
  ['kind: Nothing\napiVersion: v1\nspec:\n  a', 3, []], [`${DEPLOYMENT}        image: ngi`, 18, []],
])('at the end of %j from column %i on %j could be typed', (text, from, names) => {
  expect(offered(text)).toEqual({ from, names });
});
