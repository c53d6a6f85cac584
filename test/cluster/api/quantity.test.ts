import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addQuantities, canonicalQuantity, compareQuantities, milliValue, parseQuantity, quantityOf, quantityOfMilli, quantityValue, roundedUpToMilli, subtractQuantities } from '../../../src/cluster/api/quantity.ts';

describe('a quantity', () => {
  test.each([
    ['1000m', '1', 1, 1000], ['0.1', '100m', 1, 100], ['1.5Gi', '1536Mi', 1_610_612_736, 1_610_612_736_000],
    ['1024', '1024', 1024, 1_024_000], ['1e3', '1e3', 1000, 1_000_000], ['1n', '1n', 1, 1], ['-1500m', '-1500m', -2, -1500], ['100Ki', '100Ki', 102_400, 102_400_000],
  ])('%s is stored as %s', (text, canonical, value, milli) => {
    expect(canonicalQuantity(text)).toBe(canonical);
    expect(quantityValue(text)).toBe(value);
    expect(milliValue(text)).toBe(milli);
  });

  test.each(['', ' 1', 'abc', '1.2.3', '1GB'])('%j is refused by its form', (text) => {
    expect(() => parseQuantity(text)).toThrow("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  });

  test.each(['1K', '1mi'])('%j is refused by its suffix', (text) => {
    expect(() => parseQuantity(text)).toThrow("unable to parse quantity's suffix");
  });

  test('arithmetic keeps the format of the first operand', () => {
    expect(addQuantities('1Gi', '512Mi')).toBe('1536Mi');
    expect(addQuantities('0', '1Gi')).toBe('1Gi');
    expect(addQuantities('500m', '0.5')).toBe('1');
    expect(subtractQuantities('1', '1500m')).toBe('-500m');
    expect(compareQuantities('1Gi', '1000M')).toBeGreaterThan(0);
    expect(compareQuantities('1', '1000m')).toBe(0);
  });

  test('numbers become quantities', () => {
    expect(quantityOf(1_073_741_824, 'BinarySI')).toBe('1Gi');
    expect(quantityOfMilli(2500)).toBe('2500m');
    expect(roundedUpToMilli('0.0001')).toBe('1m');
  });
});

const facts = join(import.meta.dirname, '../../../../shared/facts/controller-cases/quantities-durations.json');
interface Case { in: string; string?: string; value?: number; milliValue?: number; error?: string }

describe.skipIf(!existsSync(facts))('quantities that Kubernetes parsed', () => {
  // Kubernetes keeps the text of these until it first computes with them; the others overflow 64 bits in thousandths.
  const asWritten = ['+5', '5.', '3.999', '1E3'];
  const overflowing = ['1Ei', '9E'];
  const cases: Case[] = existsSync(facts) ? JSON.parse(readFileSync(facts, 'utf8')).quantities : [];
  test.each(cases)('$in', (row) => {
    if (row.error) return expect(() => parseQuantity(row.in)).toThrow(row.error);
    if (!asWritten.includes(row.in)) expect(canonicalQuantity(row.in)).toBe(row.string);
    expect(quantityValue(row.in)).toBe(row.value);
    if (!overflowing.includes(row.in)) expect(milliValue(row.in)).toBe(row.milliValue);
  });
});
