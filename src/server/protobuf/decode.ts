/** Reads objects in the protobuf form that Go clients send: field numbers are data, types come from the API's schema. */
import { elementOf, type FieldType, schemaOf, typeOfKind } from '../../cluster/api/schema.ts';
import numbers from './field-numbers.json' with { type: 'json' };

/** A body that is no protobuf, or of a type that is not known. */
export class ProtobufError extends Error {}

const MAGIC = Buffer.from('k8s\0');
const DEPTH_MAX = 60;
const notations: Readonly<Record<string, string>> = numbers;

/** A field's name by its number; `inline` fields are a message whose fields are the parent's in JSON. */
type Numbers = ReadonlyMap<number, { name: string; inline?: Numbers }>;

const parsed = new Map<string, Numbers>();

/** The object in a body: `k8s\0` and a runtime.Unknown. Throws ProtobufError. */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope = fieldsIn(bytes.subarray(MAGIC.length));
  const meta = fieldsIn(bytesOf(envelope.get(1)?.[0]));
  const apiVersion = textOf(meta.get(1)?.[0]);
  const kind = textOf(meta.get(2)?.[0]);
  const typeName = kind === 'DeleteOptions' ? kind : typeOfKind(apiVersion, kind);
  const known = typeName === undefined ? undefined : numbersOf(typeName);
  if (typeName === undefined || !known) throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}" in protobuf form`);
  return { apiVersion, kind, ...struct(typeName, known, bytesOf(envelope.get(2)?.[0]), 0) };
}

/** A value on the wire: a number, or what has a length. */
type Wire = bigint | Buffer;

function struct(typeName: string, known: Numbers, bytes: Buffer, depth: number): Record<string, unknown> {
  if (depth > DEPTH_MAX) throw new ProtobufError('nested too deeply');
  const result: Record<string, unknown> = {};
  for (const [number, values] of fieldsIn(bytes)) {
    const entry = known.get(number);
    if (!entry) continue;
    if (entry.inline) { Object.assign(result, struct(typeName, entry.inline, bytesOf(values.at(-1)), depth + 1)); continue; }
    const field = schemaOf(typeName)?.fields.get(entry.name);
    if (field) result[entry.name] = fieldValue(field, values, depth);
  }
  return result;
}

function fieldValue(field: FieldType, values: readonly Wire[], depth: number): unknown {
  if (field.isList) return values.flatMap((value) => listItems(elementOf(field), value, depth));
  if (!field.isMap) return single(field, values.at(-1)!, depth);
  const element = elementOf(field);
  return Object.fromEntries(values.map((value) => {
    const entry = fieldsIn(bytesOf(value));
    const inner = entry.get(2)?.[0] ?? Buffer.alloc(0);
    // A list as a map's value is wrapped in a message of its own.
    return [textOf(entry.get(1)?.[0]), element.isList ? (fieldsIn(bytesOf(inner)).get(1) ?? []).map((item) => single(elementOf(element), item, depth)) : single(element, inner, depth)];
  }));
}

/** Numbers may come packed. */
function listItems(element: FieldType, value: Wire, depth: number): unknown[] {
  if (!Buffer.isBuffer(value) || !['int32', 'int64', 'bool'].includes(element.type)) return [single(element, value, depth)];
  const items: unknown[] = [];
  for (let at = 0; at < value.length;) {
    const { value: item, next } = varint(value, at);
    items.push(single(element, item, depth));
    at = next;
  }
  return items;
}

function single({ type }: FieldType, value: Wire, depth: number): unknown {
  switch (type) {
    case 'string': return textOf(value);
    case 'bool': return value !== 0n;
    case 'int32': case 'int64': return integer(value);
    case 'double': return bytesOf(value).readDoubleLE(0);
    case 'bytes': return bytesOf(value).toString('base64');
    case 'quantity': return textOf(fieldsIn(bytesOf(value)).get(1)?.[0]);
    case 'intOrString': {
      const parts = fieldsIn(bytesOf(value));
      return integer(parts.get(1)?.[0] ?? 0n) === 0 ? integer(parts.get(2)?.[0] ?? 0n) : textOf(parts.get(3)?.[0]);
    }
    case 'time': case 'microTime': return moment(bytesOf(value), type === 'microTime');
    case 'object': case 'any': return rawJson(bytesOf(value));
    default: {
      const known = numbersOf(type);
      return known ? struct(type, known, bytesOf(value), depth + 1) : {};
    }
  }
}

function moment(bytes: Buffer, isMicro: boolean): string | null {
  const parts = fieldsIn(bytes);
  if (parts.size === 0) return null;
  const text = new Date(integer(parts.get(1)?.[0] ?? 0n) * 1000).toISOString().slice(0, -5);
  return isMicro ? `${text}.${String(Math.floor(integer(parts.get(2)?.[0] ?? 0n) / 1000)).padStart(6, '0')}Z` : `${text}Z`;
}

/** RawExtension, FieldsV1, JSON: bytes of JSON within a message. */
function rawJson(bytes: Buffer): unknown {
  const text = textOf(fieldsIn(bytes).get(1)?.[0]);
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    throw new ProtobufError('a raw field holds no JSON');
  }
}

function numbersOf(key: string): Numbers | undefined {
  const known = parsed.get(key);
  if (known) return known;
  if (!Object.hasOwn(notations, key)) return undefined;
  const made = new Map<number, { name: string; inline?: Numbers }>();
  parsed.set(key, made);
  for (const part of notations[key]!.split(' ').filter(Boolean)) {
    const [name = '', number = ''] = part.split('=');
    made.set(Number(number), { name, ...(name.startsWith('<') ? { inline: numbersOf(name) ?? new Map() } : {}) });
  }
  return made;
}

function fieldsIn(bytes: Buffer): Map<number, Wire[]> {
  const found = new Map<number, Wire[]>();
  for (let at = 0; at < bytes.length;) {
    const { value: key, next } = varint(bytes, at);
    const { value, next: after } = wireValue(bytes, next, Number(key & 7n));
    const number = Number(key >> 3n);
    const known = found.get(number);
    if (known) known.push(value);
    else found.set(number, [value]);
    at = after;
  }
  return found;
}

function wireValue(bytes: Buffer, at: number, wireType: number): { value: Wire; next: number } {
  if (wireType === 0) return varint(bytes, at);
  const head = wireType === 2 ? varint(bytes, at) : { value: wireType === 1 ? 8n : 4n, next: at };
  if (wireType !== 1 && wireType !== 2 && wireType !== 5) throw new ProtobufError(`illegal wireType ${wireType}`);
  const end = head.next + Number(head.value);
  if (end > bytes.length) throw new ProtobufError('unexpected EOF');
  return { value: bytes.subarray(head.next, end), next: end };
}

function varint(bytes: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    const byte = bytes[at]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + 1 };
  }
  throw new ProtobufError('unexpected EOF');
}

function integer(value: Wire): number {
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
}

function bytesOf(value: Wire | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function textOf(value: Wire | undefined): string { return bytesOf(value).toString('utf8'); }
