/** kubectl describe certificatesigningrequest, with what its PEM asks for. */
import { humanDuration } from '../../cluster/api/duration.ts';
import { formatLabels } from '../../cluster/api/labels.ts';
import { KubectlError } from '../errors.ts';
import { type ApiObject, listAt, numberAt, pairsAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { created, labels, name } from './describer.ts';

export function certificateSigningRequest(object: ApiObject, out: Description): void {
  const request = requestIn(textAt(object, 'spec', 'request'));
  name(object, out);
  labels(object, out);
  out.row('Annotations', formatLabels(pairsAt(object, 'metadata', 'annotations')));
  created(object, out);
  out.row('Requesting User', textAt(object, 'spec', 'username'));
  out.optional('Signer', textAt(object, 'spec', 'signerName'));
  const seconds = numberAt(object, 'spec', 'expirationSeconds');
  if (seconds !== undefined) out.row('Requested Duration', humanDuration(seconds * 1000));
  out.row('Status', statusOf(object));
  out.heading('Subject');
  for (const [i, [label, attribute]] of SUBJECT.entries()) {
    const values = request.subject.get(attribute) ?? [];
    if (i < ALWAYS_SHOWN || values.length > 0) out.line(`\t${label}:\t${values.join('\n\t\t')}`);
  }
  const alternatives = ALTERNATIVES.filter(([, tag]) => request.alternatives.has(tag));
  if (alternatives.length > 0) out.heading('Subject Alternative Names');
  for (const [label, tag] of alternatives) out.line(`\t${label}:\t${(request.alternatives.get(tag) ?? []).join('\n\t\t')}`);
}

function statusOf(object: ApiObject): string {
  const types = listAt(object, 'status', 'conditions').map((condition) => textAt(condition, 'type'));
  const decided = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending';
  return [decided, ...(types.includes('Failed') ? ['Failed'] : []), ...(textAt(object, 'status', 'certificate') ? ['Issued'] : [])].join(',');
}

/** The attributes of a name, by object identifier; the first two are shown even when they are empty. */
const SUBJECT = [
  ['Common Name', '2.5.4.3'], ['Serial Number', '2.5.4.5'], ['Organization', '2.5.4.10'], ['Organizational Unit', '2.5.4.11'], ['Country', '2.5.4.6'], ['Locality', '2.5.4.7'],
  ['Province', '2.5.4.8'], ['StreetAddress', '2.5.4.9'], ['PostalCode', '2.5.4.17'],
] as const;
const ALWAYS_SHOWN = 2;
/** The forms of a GeneralName, by tag. */
const ALTERNATIVES = [['DNS Names', 0x82], ['Email Addresses', 0x81], ['URIs', 0x86], ['IP Addresses', 0x87]] as const;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

interface Request { subject: ReadonlyMap<string, string[]>; alternatives: ReadonlyMap<number, string[]> }

/** One value of DER: its tag, its content, and the values in it. */
interface Element { tag: number; content: Uint8Array; children(): Element[] }

/** Reads a PKCS #10 request (RFC 2986). Throws KubectlError. */
function requestIn(encoded: string): Request {
  const [, body] = /-----BEGIN CERTIFICATE REQUEST-----([^-]+)-----END/.exec(Buffer.from(encoded, 'base64').toString('latin1')) ?? [];
  if (body === undefined) throw new KubectlError('Error parsing CSR: PEM block type must be CERTIFICATE REQUEST');
  const model = modelRequest(Buffer.from(body, 'base64').toString('utf8'));
  if (model) return model;
  const [, subject, , attributes] = elements(Buffer.from(body, 'base64'))[0]?.children()[0]?.children() ?? [];
  if (!subject) throw new KubectlError('Error parsing CSR: asn1: structure error');
  const alternatives = attributes ? find(attributes, SUBJECT_ALTERNATIVE_NAME) : undefined;
  return {
    subject: grouped(subject.children().flatMap((set) => set.children()).map((pair) => {
      const [key, value] = pair.children();
      return [key ? identifier(key.content) : '', value ? textOf(value) : ''] as const;
    })),
    alternatives: grouped((alternatives ? elements(alternatives.content) : []).flatMap((list) => list.children()).map((one) => [one.tag, one.tag === IP_ADDRESS ? [...one.content].join('.') : textOf(one)] as const)),
  };
}

/** The model's own requests are JSON within the PEM. */
function modelRequest(text: string): Request | undefined {
  if (!text.startsWith('{')) return undefined;
  const value: unknown = JSON.parse(text);
  const altNames = listAt(value, 'altNames').map(String);
  const isAddress = (each: string) => /^[\d.]+$|:/.test(each);
  return {
    subject: new Map([['2.5.4.3', [textAt(value, 'subject', 'commonName')]], ['2.5.4.10', listAt(value, 'subject', 'organizations').map(String)]]),
    alternatives: grouped(altNames.map((each) => [isAddress(each) ? IP_ADDRESS : DNS_NAME, each] as const)),
  };
}

function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 1 < bytes.length;) {
    const tag = bytes[at]!, first = bytes[at + 1]!;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length = more === 0 ? first : bytes.subarray(at + 2, at + 2 + more).reduce((sum, byte) => sum * 256 + byte, 0);
    const content = bytes.subarray(at + 2 + more, at + 2 + more + length);
    found.push({ tag, content, children: () => elements(content) });
    at += 2 + more + length;
  }
  return found;
}

/** The value that stands beside an object identifier, however deep. */
function find(element: Element, wanted: string): Element | undefined {
  const CONSTRUCTED = 0x20, IDENTIFIER = 0x06;
  if ((element.tag & CONSTRUCTED) === 0) return undefined;
  const children = element.children();
  const [first] = children;
  if (first?.tag === IDENTIFIER && identifier(first.content) === wanted) return children.at(-1);
  return children.map((child) => find(child, wanted)).find(Boolean);
}

function identifier(content: Uint8Array): string {
  const [first = 0, ...rest] = content;
  const numbers = [Math.floor(first / 40), first % 40];
  let value = 0;
  for (const byte of rest) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) { numbers.push(value); value = 0; }
  }
  return numbers.join('.');
}

const textOf = ({ content }: Element): string => Buffer.from(content).toString('utf8');

function grouped<K>(pairs: readonly (readonly [K, string])[]): Map<K, string[]> {
  const groups = new Map<K, string[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}
