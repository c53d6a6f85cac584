import { describe, expect, test } from 'vitest';
import { fillJsonPath, fillJsonPathAsJson } from '../../../src/kubectl/printers/jsonpath/evaluate.ts';

const data = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x' } }, status: { phase: 'Running', ready: true, restarts: 3, conditions: [{ type: 'Ready', status: 'True' }, { type: 'Other', status: 'False' }] } },
    { metadata: { name: 'b' }, status: { phase: 'Pending', ready: false, restarts: 0 }, spec: { 'odd.key': 'v' } },
    { metadata: { name: 'c' }, status: { phase: 'Running', restarts: 12 } },
  ],
};

const templates: [template: string, text: string][] = [
  ['{.kind}', 'List'], ['kind is {.kind}', 'kind is List'], ['{$.kind}', 'List'], ['{.items[0].metadata.name}', 'a'], ['{.items[-1].metadata.name}', 'c'],
  ['{.items[*].metadata.name}', 'a b c'], ['{.items[0:2].metadata.name}', 'a b'], ['{.items[::2].metadata.name}', 'a c'], ['{.items[0,2].metadata.name}', 'a c'],
  ["{.items[0]['metadata.name','status.phase']}", 'a Running'], ["{.items[0].metadata['name']}", 'a'],
  ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'x'], ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", 'x'], ["{.items[0].metadata.labels['app.kubernetes.io/name']}", ''],
  ['{range .items[*]}{.metadata.name}={.status.phase}{"\\n"}{end}', 'a=Running\nb=Pending\nc=Running\n'],
  ['{.items[?(@.status.phase=="Running")].metadata.name}', 'a c'], ["{.items[?(@.status.phase!='Running')].metadata.name}", 'b'], ['{.items[?(@.status.restarts>2)].metadata.name}', 'a c'],
  ['{.items[?(@.status.ready==true)].metadata.name}', 'a'], ['{.items[?(@.spec)].metadata.name}', 'b'],
  ['{.items[*].status.conditions[?(@.type=="Ready")].status}', 'True'], ['{range .items[*]}{.metadata.name}:{range .status.conditions[*]}{.type},{end};{end}', 'a:Ready,Other,;b:;c:;'],
  ['{..name}', 'a b c'], ['{.nosuch}', ''], ['{.items[1].status}', '{"phase":"Pending","ready":false,"restarts":0}'], ['{"\\t"}{\'x\'}', '\tx'], ['{.items[0].status.restarts}', '3'],
];

test.each(templates)('%s gives %j', (template, text) => {
  expect(fillJsonPath(template, data, { allowMissingKeys: true })).toBe(text);
});

describe('what is no path', () => {
  const mistakes: [template: string, message: string][] = [
    ['{.bad', 'unclosed action'], ['{.items[0}', 'unterminated array'], ['{.items[x]}', 'invalid array index x'], ['{"abc}', 'unterminated quoted string'],
  ];
  test.each(mistakes)('%s: %s', (template, message) => {
    expect(() => fillJsonPath(template, data, { allowMissingKeys: true })).toThrow(message);
  });
});

test('as JSON each action is a list', () => {
  expect(fillJsonPathAsJson('{.items[*].metadata.name}', data, { allowMissingKeys: true })).toBe('[\n    "a",\n    "b",\n    "c"\n]\n');
});
