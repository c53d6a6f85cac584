/** The functions that Kubernetes adds to CEL (apiserver: pkg/cel/library) and cel-js does not bring. */
import { type Environment, Optional } from '@marcbachmann/cel-js';
import { addressNumber, cidrContains, parseCidr } from '../network/addresses.ts';
import { parseQuantity, type Quantity as Amount, QuantityError } from './quantity.ts';

/** What the `authorizer` variable can be asked; `authorize` decides. */
export interface Question { verb: string; group?: string; resource?: string; subresource?: string; namespace?: string; name?: string; path?: string; serviceAccount?: string }
export type Ask = (question: Question) => { allowed: boolean; reason: string };

/** `authorizer`, and what is left when a resource has been named. */
export class Authorizer { constructor(readonly ask: Ask, readonly about: Omit<Question, 'verb'> = {}, readonly requestResource?: ResourceCheck) {} }
export class ResourceCheck { constructor(readonly ask: Ask, readonly about: Omit<Question, 'verb'> = {}) {} }
class Decision { constructor(readonly allowed: boolean, readonly reason: string) {} }
class Quantity { constructor(readonly amount: Amount) {} }
class Address { constructor(readonly text: string) {} }
class Range { constructor(readonly text: string) {} }
class Url { constructor(readonly url: URL) {} }
class Sets {}
class Maths {}

type Handler = (...args: never[]) => unknown;
type Table = Readonly<Record<string, Handler>>;

const NANO = 1_000_000_000n;
const quantity = (text: string) => new Quantity(parseQuantity(text));
const holds = (check: () => unknown) => {
  try {
    return check() !== undefined;
  } catch {
    return false;
  }
};
const same = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && JSON.stringify(a, bigints) === JSON.stringify(b, bigints));
const bigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
const has = (list: readonly unknown[], item: unknown) => list.some((each) => same(each, item));
const regexp = (text: string, flags = '') => new RegExp(text, `${flags}u`);
const extreme = (list: readonly (bigint | number | string)[], isBetter: (a: bigint | number | string, b: bigint | number | string) => boolean) => {
  if (list.length === 0) throw new Error('min/max called on empty list');
  return list.reduce((best, item) => (isBetter(item, best) ? item : best));
};
const sorted = (list: readonly (bigint | number | string)[]) => list.every((item, index) => index === 0 || list[index - 1]! <= item);

const LISTS: Table = {
  'list.isSorted(): bool': sorted,
  'list.sum(): dyn': (list: (bigint | number)[]) => list.reduce((sum, item) => (typeof sum === 'bigint' && typeof item === 'bigint' ? sum + item : Number(sum) + Number(item)), 0n as bigint | number),
  'list.min(): dyn': (list: (bigint | number | string)[]) => extreme(list, (a, b) => a < b),
  'list.max(): dyn': (list: (bigint | number | string)[]) => extreme(list, (a, b) => a > b),
  'list.indexOf(dyn): int': (list: unknown[], item: unknown) => BigInt(list.findIndex((each) => same(each, item))),
  'list.lastIndexOf(dyn): int': (list: unknown[], item: unknown) => BigInt(list.findLastIndex((each) => same(each, item))),
  'list.first(): optional': (list: unknown[]) => (list.length > 0 ? Optional.of(list[0]) : Optional.none()),
  'list.last(): optional': (list: unknown[]) => (list.length > 0 ? Optional.of(list.at(-1)) : Optional.none()),
  'list.distinct(): list': (list: unknown[]) => list.filter((item, index) => list.findIndex((each) => same(each, item)) === index),
  'list.flatten(): list': (list: unknown[]) => list.flat(1),
  'list.reverse(): list': (list: unknown[]) => list.toReversed(),
  'list.sort(): list': (list: (bigint | number | string)[]) => list.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  'list.slice(int, int): list': (list: unknown[], from: bigint, to: bigint) => list.slice(Number(from), Number(to)),
  'SetsNamespace.contains(list, list): bool': (_: Sets, a: unknown[], b: unknown[]) => b.every((item) => has(a, item)),
  'SetsNamespace.intersects(list, list): bool': (_: Sets, a: unknown[], b: unknown[]) => b.some((item) => has(a, item)),
  'SetsNamespace.equivalent(list, list): bool': (_: Sets, a: unknown[], b: unknown[]) => a.every((item) => has(b, item)) && b.every((item) => has(a, item)),
};

const STRINGS: Table = {
  'string.find(string): string': (text: string, pattern: string) => regexp(pattern).exec(text)?.[0] ?? '',
  'string.findAll(string): list<string>': (text: string, pattern: string) => text.match(regexp(pattern, 'g')) ?? [],
  'string.findAll(string, int): list<string>': (text: string, pattern: string, max: bigint) => (text.match(regexp(pattern, 'g')) ?? []).slice(0, max < 0n ? undefined : Number(max)),
  'string.charAt(int): string': (text: string, at: bigint) => text[Number(at)] ?? '',
  'string.replace(string, string): string': (text: string, from: string, to: string) => text.replaceAll(from, to),
  'string.replace(string, string, int): string': (text: string, from: string, to: string, max: bigint) => {
    const parts = text.split(from);
    const count = max < 0n ? parts.length : Number(max);
    return parts.reduce((whole, part, index) => (index === 0 ? part : `${whole}${index <= count ? to : from}${part}`), '');
  },
  'string.reverse(): string': (text: string) => [...text].reverse().join(''),
  'string.format(list): string': (text: string, values: unknown[]) => format(text, values),
  'isURL(string): bool': (text: string) => holds(() => new URL(text)),
  'url(string): URL': (text: string) => new Url(new URL(text)),
  'URL.getScheme(): string': ({ url }: Url) => url.protocol.replace(':', ''),
  'URL.getHost(): string': ({ url }: Url) => url.host,
  'URL.getHostname(): string': ({ url }: Url) => url.hostname,
  'URL.getPort(): string': ({ url }: Url) => url.port,
  'URL.getEscapedPath(): string': ({ url }: Url) => url.pathname,
  'isIP(string): bool': (text: string) => addressNumber(text) !== undefined,
  'ip(string): IP': (text: string) => new Address(text),
  'string(IP): string': ({ text }: Address) => text,
  'IP.family(): int': ({ text }: Address) => (text.includes(':') ? 6n : 4n),
  'IP.isLoopback(): bool': ({ text }: Address) => text.startsWith('127.') || text === '::1',
  'isCIDR(string): bool': (text: string) => parseCidr(text) !== undefined,
  'cidr(string): CIDR': (text: string) => new Range(text),
  'string(CIDR): string': ({ text }: Range) => text,
  'CIDR.containsIP(string): bool': ({ text }: Range, ip: string) => cidrContains(text, ip),
  'CIDR.containsIP(IP): bool': ({ text }: Range, ip: Address) => cidrContains(text, ip.text),
  'CIDR.prefixLength(): int': ({ text }: Range) => BigInt(text.split('/')[1] ?? '32'),
};

const QUANTITIES: Table = {
  'quantity(string): Quantity': quantity,
  'isQuantity(string): bool': (text: string) => holds(() => quantity(text)),
  'Quantity.isGreaterThan(Quantity): bool': (a: Quantity, b: Quantity) => a.amount.nano > b.amount.nano,
  'Quantity.isLessThan(Quantity): bool': (a: Quantity, b: Quantity) => a.amount.nano < b.amount.nano,
  'Quantity.compareTo(Quantity): int': (a: Quantity, b: Quantity) => (a.amount.nano < b.amount.nano ? -1n : a.amount.nano > b.amount.nano ? 1n : 0n),
  'Quantity.sign(): int': ({ amount }: Quantity) => (amount.nano < 0n ? -1n : amount.nano > 0n ? 1n : 0n),
  'Quantity.add(Quantity): Quantity': (a: Quantity, b: Quantity) => new Quantity({ ...a.amount, nano: a.amount.nano + b.amount.nano }),
  'Quantity.add(int): Quantity': (a: Quantity, b: bigint) => new Quantity({ ...a.amount, nano: a.amount.nano + b * NANO }),
  'Quantity.sub(Quantity): Quantity': (a: Quantity, b: Quantity) => new Quantity({ ...a.amount, nano: a.amount.nano - b.amount.nano }),
  'Quantity.sub(int): Quantity': (a: Quantity, b: bigint) => new Quantity({ ...a.amount, nano: a.amount.nano - b * NANO }),
  'Quantity.isInteger(): bool': ({ amount }: Quantity) => amount.nano % NANO === 0n,
  'Quantity.asInteger(): int': ({ amount }: Quantity) => {
    if (amount.nano % NANO !== 0n) throw new QuantityError('cannot convert value to integer');
    return amount.nano / NANO;
  },
  'Quantity.asApproximateFloat(): double': ({ amount }: Quantity) => Number(amount.nano) / 1e9,
  'MathsNamespace.greatest(dyn, dyn): dyn': (_: Maths, a: bigint, b: bigint) => (a > b ? a : b),
  'MathsNamespace.least(dyn, dyn): dyn': (_: Maths, a: bigint, b: bigint) => (a < b ? a : b),
  'MathsNamespace.greatest(list): dyn': (_: Maths, list: bigint[]) => extreme(list, (a, b) => a > b),
  'MathsNamespace.least(list): dyn': (_: Maths, list: bigint[]) => extreme(list, (a, b) => a < b),
};

const AUTHORIZER: Table = {
  'Authorizer.path(string): ResourceCheck': ({ ask, about }: Authorizer, path: string) => new ResourceCheck(ask, { ...about, path }),
  'Authorizer.group(string): ResourceCheck': ({ ask, about }: Authorizer, group: string) => new ResourceCheck(ask, { ...about, group }),
  'Authorizer.serviceAccount(string, string): Authorizer': ({ ask, about }: Authorizer, namespace: string, name: string) => new Authorizer(ask, { ...about, serviceAccount: `${namespace}:${name}` }),
  'ResourceCheck.resource(string): ResourceCheck': ({ ask, about }: ResourceCheck, resource: string) => new ResourceCheck(ask, { ...about, resource }),
  'ResourceCheck.subresource(string): ResourceCheck': ({ ask, about }: ResourceCheck, subresource: string) => new ResourceCheck(ask, { ...about, subresource }),
  'ResourceCheck.namespace(string): ResourceCheck': ({ ask, about }: ResourceCheck, namespace: string) => new ResourceCheck(ask, { ...about, namespace }),
  'ResourceCheck.name(string): ResourceCheck': ({ ask, about }: ResourceCheck, name: string) => new ResourceCheck(ask, { ...about, name }),
  'ResourceCheck.check(string): Decision': ({ ask, about }: ResourceCheck, verb: string) => {
    const { allowed, reason } = ask({ ...about, verb });
    return new Decision(allowed, reason);
  },
  'Decision.allowed(): bool': ({ allowed }: Decision) => allowed,
  'Decision.reason(): string': ({ reason }: Decision) => reason,
  'Decision.errored(): bool': () => false,
  'Decision.error(): string': () => '',
};

const TYPES = { Quantity, IP: Address, CIDR: Range, URL: Url, SetsNamespace: Sets, MathsNamespace: Maths, ResourceCheck, Decision } as const;

/** Adds them all to an environment. */
export function registerLibrary(environment: Environment): void {
  for (const [name, ctor] of Object.entries(TYPES)) environment.registerType(name, { ctor });
  environment.registerType('Authorizer', { ctor: Authorizer, fields: { requestResource: 'ResourceCheck' } });
  environment.registerConstant('sets', 'SetsNamespace', new Sets());
  environment.registerConstant('math', 'MathsNamespace', new Maths());
  for (const table of [LISTS, STRINGS, QUANTITIES, AUTHORIZER]) for (const [signature, handler] of Object.entries(table)) environment.registerFunction(signature, handler as (...args: unknown[]) => unknown); // the signature says what it is given
}

function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%(%|(?:\.(\d+))?([sdfexXob]))/g, (_whole, all: string, precision: string | undefined, verb: string) => {
    if (all === '%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    const value = values[next++];
    if (verb === 'f') return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
    if (verb === 'e') return Number(value).toExponential(precision === undefined ? 6 : Number(precision));
    const bases: Readonly<Record<string, number>> = { x: 16, X: 16, o: 8, b: 2 };
    if (bases[verb] && typeof value === 'bigint') return verb === 'X' ? value.toString(16).toUpperCase() : value.toString(bases[verb]);
    return shown(value);
  });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => `${key}: ${shown(item)}`).join(', ')}}`;
  return String(value);
}
