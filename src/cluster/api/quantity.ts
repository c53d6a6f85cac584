/** Kubernetes quantities (`100m`, `1.5Gi`): exact arithmetic and the canonical form the API server stores. */

/** Which family of suffixes a quantity is written with; kept by arithmetic, as in apimachinery. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount in billionths; finer input is rounded away from zero. */
export interface Quantity { readonly nano: bigint; readonly format: QuantityFormat }

/** A text that is no quantity; the message is apimachinery's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
/** apimachinery caps larger amounts. */
const MAX = (2n ** 63n - 1n) * NANO;
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const CACHE_SIZE = 4096;

const cache = new Map<string, Quantity>();

/** Parses a quantity; numbers are taken as their decimal text. Throws QuantityError. */
export function parseQuantity(input: string | number): Quantity {
  const text = String(input);
  const known = cache.get(text);
  if (known) return known;
  const quantity = parse(text);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(text, quantity);
  return quantity;
}

function parse(text: string): Quantity {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text);
  const [, sign, whole = '', fraction = '', suffix = ''] = match ?? [];
  if (!match || whole + fraction === '') throw new QuantityError(WRONG_FORMAT);
  const unit = unitOf(suffix);
  if (!unit) throw new QuantityError(WRONG_SUFFIX);
  const numerator = BigInt(whole + fraction) * NANO * unit.times;
  const magnitude = ceilDivide(numerator, 10n ** BigInt(fraction.length) * unit.divide);
  const capped = magnitude > MAX ? MAX : magnitude;
  return { nano: sign === '-' ? -capped : capped, format: unit.format };
}

interface Unit { times: bigint; divide: bigint; format: QuantityFormat }

function unitOf(suffix: string): Unit | undefined {
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) return powerOfTen(3 * (decimal - 3), 'DecimalSI');
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { times: 1024n ** BigInt(binary), divide: 1n, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?\d{1,3})$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : powerOfTen(Number(exponent), 'DecimalExponent');
}

function powerOfTen(exponent: number, format: QuantityFormat): Unit {
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? { times: 1n, divide: power, format } : { times: power, divide: 1n, format };
}

/** The canonical text: no fraction, the largest suffix that keeps the mantissa whole. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  if (format === 'BinarySI' && nano % NANO === 0n && abs(nano) >= 1024n * NANO) return formatBinary(nano / NANO);
  let mantissa = nano;
  let step = 0;
  while (step < DECIMAL_SUFFIXES.length - 1 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    step++;
  }
  if (format !== 'DecimalExponent') return `${mantissa}${DECIMAL_SUFFIXES[step]}`;
  const exponent = 3 * (step - 3);
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

function formatBinary(value: bigint): string {
  let mantissa = value;
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${BINARY_SUFFIXES[step]}`;
}

/** The canonical form of a text. Throws QuantityError. */
export function canonicalQuantity(input: string | number): string {
  return formatQuantity(parseQuantity(input));
}

/** True when the text is a quantity. */
export function isQuantity(input: unknown): input is string | number {
  if (typeof input !== 'string' && typeof input !== 'number') return false;
  try {
    parseQuantity(input);
    return true;
  } catch {
    return false;
  }
}

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = parseQuantity(a).nano - parseQuantity(b).nano;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum in canonical form; the format is the first operand's, unless that is zero. */
export function addQuantities(a: string | number, b: string | number): string {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  return formatQuantity({ nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format });
}

/** The difference in canonical form. */
export function subtractQuantities(a: string | number, b: string | number): string {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  return formatQuantity({ nano: left.nano - right.nano, format: left.nano === 0n ? right.format : left.format });
}

/** Whole units, rounded up (bytes of memory, pods). */
export function quantityValue(input: string | number): number {
  return Number(ceilSigned(parseQuantity(input).nano, NANO));
}

/** Thousandths, rounded up (CPU). */
export function milliValue(input: string | number): number {
  return Number(ceilSigned(parseQuantity(input).nano, 1_000_000n));
}

/** Canonical text of an amount of whole units (`BinarySI` for bytes). */
export function quantityOf(units: number, format: QuantityFormat = 'DecimalSI'): string {
  return formatQuantity({ nano: BigInt(Math.ceil(units)) * NANO, format });
}

/** Canonical text of an amount of thousandths. */
export function quantityOfMilli(milli: number): string {
  return formatQuantity({ nano: BigInt(Math.ceil(milli)) * 1_000_000n, format: 'DecimalSI' });
}

/** Canonical text, rounded up to thousandths: what the API server stores for resource lists. */
export function roundedUpToMilli(input: string | number): string {
  const { nano, format } = parseQuantity(input);
  return formatQuantity({ nano: ceilSigned(nano, 1_000_000n) * 1_000_000n, format });
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

/** Division that rounds away from zero, as Quantity.Value does. */
function ceilSigned(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -ceilDivide(-value, divisor) : ceilDivide(value, divisor);
}
