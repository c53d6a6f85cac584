import { describe, expect, test } from 'vitest';
import { formatLabels, formatLabelSelector, formatSelector, matchesLabelSelector, matchesSelectorText, parseSelector, SelectorError, selectorToString } from '../../../src/cluster/api/labels.ts';

const web = { app: 'web', tier: 'front', replicas: '3' };

describe('a label selector', () => {
  test.each([
    ['app=web', true], ['app==web', true], ['app!=web', false], ['gone!=x', true], ['app in (api,web)', true], ['app notin (web)', false],
    ['app', true], ['!app', false], ['!gone', true], ['replicas>2', true], ['replicas<3', false], ['app=web,tier=front', true], ['app=web,tier=back', false], ['', true],
    ['empty=', false], ['gone in (,)', false], ['app in (web,),tier', true],
  ])('%s', (text, wanted) => {
    expect(matchesSelectorText(text, web)).toBe(wanted);
  });

  test.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app in web', "unable to parse requirement: found 'web' expected: '('"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a,', "found '', expected: identifier after ','"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['a x', "unable to parse requirement: found 'x', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in ()', "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ])('%s is refused', (text, message) => {
    expect(() => parseSelector(text)).toThrow(new SelectorError(message));
  });

  test('is written sorted by key', () => {
    expect(formatSelector(parseSelector('z=1, b in (y,x),!c,a'))).toBe('a,b in (x,y),!c,z=1');
  });
});

describe('a LabelSelector object', () => {
  const selector = { matchLabels: { tier: 'front' }, matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] };
  test('selects what meets both parts', () => {
    expect(matchesLabelSelector(selector, web)).toBe(true);
    expect(matchesLabelSelector(selector, { app: 'web' })).toBe(false);
  });
  test('empty selects everything, none at all nothing', () => {
    expect(matchesLabelSelector({}, web)).toBe(true);
    expect(matchesLabelSelector(undefined, web)).toBe(false);
  });
  test('has a text', () => {
    expect(formatLabelSelector(selector)).toBe('app in (api,web),tier=front');
    expect(formatLabelSelector({})).toBe('<none>');
    expect(selectorToString({})).toBe('');
  });
});

test('labels are listed by key', () => {
  expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(formatLabels(undefined)).toBe('<none>');
});
