/** Laws that hold for every input, found out with inputs that nobody would write. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTime, parseSchedule, ScheduleError } from '../../src/cluster/api/cron-schedule.ts';
import { compileCel } from '../../src/cluster/api/cel.ts';
import { formatSelector, matches, parseSelector, SelectorError } from '../../src/cluster/api/labels.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelKeyErrors, labelValueErrors } from '../../src/cluster/api/names.ts';
import { addQuantities, canonicalQuantity, compareQuantities, isQuantity, parseQuantity, QuantityError, quantityValue, subtractQuantities } from '../../src/cluster/api/quantity.ts';
import { parseFieldSelector } from '../../src/cluster/apiserver/field-selector.ts';
import { StatusError } from '../../src/cluster/apiserver/errors.ts';
import { addressNumber, addressText, cidrContains, parseCidr } from '../../src/cluster/network/addresses.ts';
import { compileCondition, ConditionError } from '../../src/engine/checks/condition.ts';
import { fillJsonPath, JsonPathError } from '../../src/kubectl/printers/jsonpath/evaluate.ts';
import { JsonPathSyntaxError } from '../../src/kubectl/printers/jsonpath/parser.ts';
import { relaxedJsonPath } from '../../src/kubectl/printers/jsonpath/relaxed.ts';

/** Does it, and lets pass only what may be thrown. */
function only(errors: readonly (abstract new (...words: never[]) => Error)[], act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!errors.some((kind) => error instanceof kind)) throw error;
  }
}

/** Text of the pieces that matter to a reader, in any order. */
const textOf = (...pieces: string[]) => fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.string({ maxLength: 3 }) }), { maxLength: 12 }).map((parts) => parts.join(''));

describe('quantities', () => {
  const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-2');
  const quantity = fc.tuple(fc.constantFrom('', '-', '+'), fc.nat(99_999), fc.option(fc.nat(999), { nil: undefined }), suffix).map(([sign, whole, part, unit]) => `${sign}${whole}${part === undefined ? '' : `.${part}`}${unit}`);

  test('the canonical form is the same amount, and its own canonical form', () => fc.assert(fc.property(quantity, (text) => {
    const canonical = canonicalQuantity(text);
    expect(canonicalQuantity(canonical)).toBe(canonical);
    expect(compareQuantities(text, canonical)).toBe(0);
    expect(parseQuantity(canonical).nano).toBe(parseQuantity(text).nano);
  })));

  test('adding and taking away is nothing; order is as of numbers', () => fc.assert(fc.property(quantity, quantity, (a, b) => {
    expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
    expect(Math.sign(compareQuantities(a, b))).toBe(-Math.sign(compareQuantities(b, a)) + 0);
    expect(compareQuantities(addQuantities(a, '1n'), a)).toBeGreaterThan(0);
    const amount = Math.abs(Number(parseQuantity(a).nano) / 1e9); // as exact as a number can be
    expect(Math.abs(quantityValue(a))).toBeGreaterThanOrEqual(amount * (1 - 1e-12) - 1e-6); // rounded away from zero
  })));

  test('whatever is written is a quantity or a QuantityError', () => fc.assert(fc.property(textOf('1', '0', '.', '-', '+', 'e', 'E', 'Ki', 'm', 'k', ' '), (text) => {
    only([QuantityError], () => parseQuantity(text));
    if (isQuantity(text)) expect(isQuantity(canonicalQuantity(text))).toBe(true);
  })));
});

describe('selectors', () => {
  const name: fc.Arbitrary<string> = fc.constantFrom('app', 'tier', 'example.com/zone', 'x-1');
  const value: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', '');
  const term = fc.oneof(
    fc.record({ key: name, what: fc.constantFrom('=', '==', '!='), value }).map(({ key, what, value: wanted }) => ({ text: `${key}${what}${wanted}`, holds: (labels: Record<string, string>) => (what === '!=') !== (labels[key] === wanted) })),
    fc.record({ key: name, isIn: fc.boolean(), values: fc.uniqueArray(value, { minLength: 1 }).filter((values) => values.join('') !== '') }).map(({ key, isIn, values }) => ({ text: `${key} ${isIn ? 'in' : 'notin'} (${values.join(',')})`, holds: (labels: Record<string, string>) => isIn === (labels[key] !== undefined && values.includes(labels[key])) })),
    fc.record({ key: name, isWanted: fc.boolean() }).map(({ key, isWanted }) => ({ text: `${isWanted ? '' : '!'}${key}`, holds: (labels: Record<string, string>) => isWanted === key in labels })),
  );
  const labels = fc.dictionary(name, value);

  test('match what each of their terms says, also after being written out and read again', () => fc.assert(fc.property(fc.array(term, { minLength: 1, maxLength: 4 }), labels, (terms, found) => {
    const selector = parseSelector(terms.map(({ text }) => text).join(','));
    const wanted = terms.every(({ holds }) => holds(found));
    expect(matches(selector, found)).toBe(wanted);
    expect(matches(parseSelector(formatSelector(selector)), found)).toBe(wanted);
  })));

  test('any text is a selector or a refusal in words', () => fc.assert(fc.property(textOf('app', '=', '!', ',', 'in', 'notin', '(', ')', ' ', 'a', '>', '1'), (text) => {
    only([SelectorError], () => parseSelector(text));
    only([StatusError], () => parseFieldSelector(text));
  })));
});

describe('cron schedules', () => {
  const field = (min: number, max: number) => fc.oneof(
    { weight: 2, arbitrary: fc.constant({ text: '*', holds: () => true, isAny: true }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: max - min }).map((step) => ({ text: `*/${step}`, holds: (n: number) => (n - min) % step === 0, isAny: true })) },
    { weight: 2, arbitrary: fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((list) => ({ text: list.join(','), holds: (n: number) => list.includes(n), isAny: false })) },
    { weight: 2, arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 1, max: 5 })).map(([a, b, step]) => [Math.min(a, b), Math.max(a, b), step] as const)
      .map(([low, high, step]) => ({ text: `${low}-${high}/${step}`, holds: (n: number) => n >= low && n <= high && (n - low) % step === 0, isAny: false })) },
  );
  const MINUTE_MS = 60_000, WINDOW = 20_000;

  test('are due when a walk minute by minute says so', () => fc.assert(fc.property(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6), fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2028, 0) }), (minute, hour, day, month, weekday, afterMs) => {
    const isDue = (date: Date) => {
      const [onDay, onWeekday] = [day.holds(date.getUTCDate()), weekday.holds(date.getUTCDay())];
      return minute.holds(date.getUTCMinutes()) && hour.holds(date.getUTCHours()) && month.holds(date.getUTCMonth() + 1) && (day.isAny || weekday.isAny ? onDay && onWeekday : onDay || onWeekday);
    };
    const first = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
    const found = Array.from({ length: WINDOW }, (_, i) => first + i * MINUTE_MS).find((ms) => isDue(new Date(ms)));
    const next = nextTime(parseSchedule([minute, hour, day, month, weekday].map(({ text }) => text).join(' ')), afterMs);
    if (found !== undefined) expect(next).toBe(found);
    else expect(next ?? Infinity).toBeGreaterThan(first + (WINDOW - 1) * MINUTE_MS);
  }), { numRuns: 60 }));

  test('any text is a schedule or a ScheduleError', () => fc.assert(fc.property(textOf('*', '/', '-', ',', ' ', '1', '59', '0', '?', 'mon', 'jan', '@every ', '@daily', '5m', '999999999999999999'), (text) => {
    only([ScheduleError], () => nextTime(parseSchedule(text), 0));
  }), { numRuns: 300 }));
});

describe('addresses', () => {
  const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test('a range holds the addresses that share its leading bits', () => fc.assert(fc.property(number, number, fc.integer({ min: 0, max: 32 }), fc.boolean(), (base, other, bits, isNear) => {
    const address = isNear ? (base ^ (other % 2 ** Math.min(31, 34 - bits))) >>> 0 : other;
    const leading = (n: number) => n.toString(2).padStart(32, '0').slice(0, bits);
    expect(cidrContains(`${addressText(base)}/${bits}`, addressText(address))).toBe(leading(base) === leading(address));
    expect(addressNumber(addressText(address))).toBe(address);
  })));

  test('only four decimal numbers are an address, as Go reads them', () => fc.assert(fc.property(textOf('1', '10', '255', '.', '.', '256', '0', '01', '/', '24', ' ', 'e', 'x'), (text) => {
    const isAddress = /^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/.test(text) && !text.endsWith('.') && text.split('.').every((part) => Number(part) < 256);
    expect(addressNumber(text) !== undefined).toBe(isAddress);
    expect(() => parseCidr(text)).not.toThrow();
  }), { numRuns: 500 }));
});

describe('names', () => {
  const text = textOf('a', 'Z', '0', '-', '.', '_', '/', 'a'.repeat(63));
  const isLabel = (name: string) => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
  const isSubdomain = (name: string) => name.length <= 253 && name.split('.').every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
  const isQualified = (name: string) => name.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name);

  test('are refused exactly when the rule of the documentation refuses them', () => fc.assert(fc.property(text, (name) => {
    const parts = name.split('/');
    expect(dnsLabelErrors(name).length === 0).toBe(isLabel(name));
    expect(dnsSubdomainErrors(name).length === 0).toBe(isSubdomain(name));
    expect(labelValueErrors(name).length === 0).toBe(name === '' || isQualified(name));
    expect(labelKeyErrors(name).length === 0).toBe(parts.length <= 2 && isQualified(parts.at(-1)!) && (parts.length === 1 || isSubdomain(parts[0]!)));
  }), { numRuns: 400 }));
});

describe('templates and conditions', () => {
  const data = { items: [{ metadata: { name: 'a', labels: { app: 'x' } }, spec: { n: 1, list: [1, 2, 3] } }, { metadata: { name: 'b' }, nothing: null }], kind: 'List', n: 1.5, yes: true };

  test('JSONPath throws nothing but its own errors', () => fc.assert(fc.property(textOf('{', '}', '.items', '[*]', '[0]', '[-1:]', '[::0]', '[?(@.', 'spec.n', '==', '1', ')]', '..', 'range ', 'end', '"a"', "'", '$', '@', '*', '[', ']', ',', '\\', '.metadata.name', '&&', ' '), fc.boolean(), (template, allowMissingKeys) => {
    only([JsonPathError, JsonPathSyntaxError], () => fillJsonPath(template, data, { allowMissingKeys }));
    only([JsonPathError, JsonPathSyntaxError, Error], () => relaxedJsonPath(template));
  }), { numRuns: 1000 }));

  const condition = textOf('object', '.items', '.all(x, ', 'x', ')', '(', '[', ']', '1', ' + ', ' == ', 'size(', '"a"', ' ? ', ' : ', '.matches("', '(a+)+', '")', '&& ', '!', 'has(', '{', '}', '9223372036854775807');
  test('a condition is compiled, evaluated or refused in words, within its bound', () => fc.assert(fc.property(condition, (text) => {
    const compiled = compileCel(text, { object: 'dyn' });
    if (!('problem' in compiled)) expect(compiled.run({ object: data })).toBeDefined();
    only([ConditionError], () => compileCondition(text, ['object']).evaluate({ object: data }));
  }), { numRuns: 400 }));

  test('what loops over a long list more often than may be is refused, not run', () => fc.assert(fc.property(fc.integer({ min: 2, max: 6 }), (depth) => {
    const nested = Array.from({ length: depth }, (_, i) => `object.list.all(x${i}, `).join('') + 'true' + ')'.repeat(depth);
    const list = Array.from({ length: 3000 }, (_, i) => i);
    expect(() => compileCondition(nested, ['object']).evaluate({ object: { list } })).toThrow(ConditionError);
  })));
});
