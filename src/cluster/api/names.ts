/** What names, label keys and values may look like, with apimachinery's messages. Each function gives what is wrong. */
import { type FieldError, invalid, tooLong as tooLongField } from './field-error.ts';
import type { Kind } from './kind.ts';
import type { Labels } from './types.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORED_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORED_SUBDOMAIN = `${UNDERSCORED_LABEL}(\\.${UNDERSCORED_LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const HEADER = '[-A-Za-z0-9]+';
const WILDCARD_SUBDOMAIN = `\\*\\.${SUBDOMAIN}`;

const anchored = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const labelPattern = anchored(LABEL);
const subdomainPattern = anchored(SUBDOMAIN);
const underscoredPattern = anchored(UNDERSCORED_SUBDOMAIN);
const label1035Pattern = anchored(LABEL_1035);
const qualifiedPattern = anchored(QUALIFIED_PART);
const labelValuePattern = anchored(LABEL_VALUE);
const configKeyPattern = anchored(CONFIG_KEY);
const headerPattern = anchored(HEADER);
const wildcardPattern = anchored(WILDCARD_SUBDOMAIN);

/** An object's name by its kind's rule. */
export function nameErrors(rule: NonNullable<Kind['nameRule']>, name: string): string[] {
  switch (rule) {
    case 'dnsSubdomain': return dnsSubdomainErrors(name);
    case 'dnsLabel': return dnsLabelErrors(name);
    case 'dns1035Label': return dns1035LabelErrors(name);
    case 'pathSegment': return pathSegmentErrors(name);
  }
}

/** Labels of an object or a template, `field` being where they are. */
export function labelErrors(field: string, labels: Labels): FieldError[] {
  return sortedEntries(labels).flatMap(([key, value]) => [
    ...labelKeyErrors(key).map((message) => invalid(field, key, message)),
    ...labelValueErrors(value).map((message) => invalid(field, value, message)),
  ]);
}

const ANNOTATIONS_BYTES_MAX = 262_144;

/** Annotations of an object or a template. Keys may have upper case in their prefix. */
export function annotationErrors(field: string, annotations: Labels): FieldError[] {
  const errors = sortedEntries(annotations).flatMap(([key]) => labelKeyErrors(key.toLowerCase()).map((message) => invalid(field, key, message)));
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return size > ANNOTATIONS_BYTES_MAX ? [...errors, tooLongField(field, ANNOTATIONS_BYTES_MAX)] : errors;
}

function sortedEntries(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** RFC 1123 label: containers, namespaces, volumes. */
export function dnsLabelErrors(name: string): string[] {
  const errors = tooLong(name, 63);
  if (labelPattern.test(name)) return errors;
  if (subdomainPattern.test(name)) return [...errors, 'must not contain dots'];
  return [...errors, patternError("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", LABEL, 'my-name', '123-abc')];
}

/** RFC 1123 subdomain: the names of most objects. */
export function dnsSubdomainErrors(name: string): string[] {
  const errors = tooLong(name, 253);
  if (subdomainPattern.test(name)) return errors;
  return [...errors, patternError("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", SUBDOMAIN, 'example.com')];
}

/** A subdomain that may have underscores: search paths. */
export function underscoredSubdomainErrors(name: string): string[] {
  const errors = tooLong(name, 253);
  if (underscoredPattern.test(name)) return errors;
  return [...errors, patternError("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", UNDERSCORED_SUBDOMAIN, 'example.com')];
}

/** RFC 1035 label: starts with a letter. */
export function dns1035LabelErrors(name: string): string[] {
  const errors = tooLong(name, 63);
  if (label1035Pattern.test(name)) return errors;
  return [...errors, patternError("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", LABEL_1035, 'my-name', 'abc-123')];
}

/** `*.example.com`: hosts of Ingress rules. */
export function wildcardSubdomainErrors(name: string): string[] {
  const errors = tooLong(name, 253);
  if (wildcardPattern.test(name)) return errors;
  return [...errors, patternError("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", WILDCARD_SUBDOMAIN, '*.example.com')];
}

/** Names that are one segment of a URL's path: roles, bindings. */
export function pathSegmentErrors(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((illegal) => name.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
}

/** Key of a label or annotation: `prefix/name`. */
export function labelKeyErrors(key: string): string[] {
  const parts = key.split('/');
  const errors: string[] = [];
  if (parts.length > 2) return [`${patternError("a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED_PART, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, key];
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...dnsSubdomainErrors(prefix).map((message) => `prefix part ${message}`));
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63).map((message) => `name part ${message}`));
  if (!qualifiedPattern.test(name)) errors.push(`name part ${patternError("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED_PART, 'MyName', 'my.name', '123-abc')}`);
  return errors;
}

/** Value of a label. */
export function labelValueErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (labelValuePattern.test(value)) return errors;
  return [...errors, patternError("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", LABEL_VALUE, 'MyValue', 'my_value', '12345')];
}

/** Key of a ConfigMap or Secret. */
export function configKeyErrors(key: string): string[] {
  const errors = tooLong(key, 253);
  if (!configKeyPattern.test(key)) errors.push(patternError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'));
  if (key === '.') errors.push("must not be '.'");
  else if (key === '..') errors.push("must not be '..'");
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** Name of an environment variable. */
export function envNameErrors(name: string): string[] {
  if (name === '') return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(name) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Name of an HTTP header of a probe. */
export function headerNameErrors(name: string): string[] {
  return headerPattern.test(name) ? [] : [patternError("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER, 'X-Header-Name')];
}

/** Name of a container's port (IANA service name). */
export function portNameErrors(name: string): string[] {
  const errors = tooLong(name, 15);
  if (!/^[-a-z0-9]+$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** A port number that is not zero. */
export function portErrors(port: number): string[] {
  return rangeErrors(port, 1, 65_535);
}

/** An integer within bounds, both included. */
export function rangeErrors(value: number, min: number, max: number): string[] {
  return value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`];
}

function tooLong(text: string, max: number): string[] {
  // No character takes more than three bytes per unit of its length.
  return text.length * 3 > max && byteLength(text) > max ? [`must be no more than ${max} bytes`] : [];
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function patternError(message: string, pattern: string, ...examples: string[]): string {
  return `${message} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${pattern}')`;
}
