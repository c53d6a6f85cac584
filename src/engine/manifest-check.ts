/** What is wrong with manifests before they are applied, by the API's own schema and at the place where it stands. */
import { type Alias, type Document, LineCounter, parseAllDocuments, visit } from 'yaml';
import { checkFields } from '../cluster/api/decode.ts';
import { groupVersion, type Kind } from '../cluster/api/kind.ts';
import { allKinds, kindNamed } from '../cluster/api/kinds/index.ts';
import { type FieldType, schemaOf } from '../cluster/api/schema.ts';
import { offsetOf } from './pack/located.ts';
import { nearest } from './pack/nearest.ts';
import type { TextProblem } from './view.ts';

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

/** Problems in the order of the text's documents. With `mayDefineKinds` a kind that is not built in may be somebody's own. */
export function manifestProblems(text: string, { mayDefineKinds }: { mayDefineKinds: boolean }): TextProblem[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  if ('empty' in documents) return [];
  const placed = (offset: number, message: string): TextProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, message };
  };
  return documents.flatMap((document) => {
    if (document.errors[0]) return [placed(document.errors[0].pos[0], document.errors[0].message.split(/ at line|\n/)[0]!)]; // the others mostly follow from it
    const alias = unresolvedAlias(document);
    if (alias) return [placed(alias.range?.[0] ?? 0, `there is no "&${alias.source}" for "*${alias.source}"; a text that begins with * stands in quotes`)];
    const problems: TextProblem[] = [];
    checkDocument(document, mayDefineKinds, (path, message) => void problems.push(placed(offsetOf(document.contents, path), message)));
    return problems;
  });
}

function checkDocument(document: Document, mayDefineKinds: boolean, report: Report): void {
  const data = dataOf(document, report);
  if (typeof data !== 'object' || data === null) return;
  const items: [unknown, Path][] = 'items' in data && Array.isArray(data.items) ? data.items.map((item: unknown, i) => [item, ['items', i]]) : [[data, []]];
  for (const [item, path] of items) if (typeof item === 'object' && item !== null) checkObject(item, mayDefineKinds, (steps, message) => report([...path, ...steps], message));
}

/** YAML made to exhaust its reader is told of, too. */
function dataOf(document: Document, report: Report): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return void report([], 'repeats itself by aliases (`*name`) too often');
  }
}

function unresolvedAlias(document: Document): Alias | undefined {
  let found: Alias | undefined;
  visit(document, { Alias: (_key, node) => { if (!node.resolve(document)) { found = node; return visit.BREAK; } } });
  return found;
}

function checkObject(item: { apiVersion?: unknown; kind?: unknown }, mayDefineKinds: boolean, report: Report): void {
  const kind = kindNamed(item.apiVersion, item.kind);
  if (!kind) {
    const [name, apiVersion] = [String(item.kind), String(item.apiVersion)];
    if (mayDefineKinds && !allKinds.some((k) => groupVersion(k) === apiVersion)) return;
    return report(['kind'], kindsNear(name, apiVersion) ?? `"${name}" is not a kind`);
  }
  const { unknown, typeErrors, typeErrorPaths } = checkFields(kind.type ?? kind.kind, item);
  for (const field of unknown) report(stepsOf(field), unknownField(kind, field));
  for (const [i, path] of typeErrorPaths.entries()) report(path, typeErrors[i]!.replace(/^json: /, ''));
}

function kindsNear(name: string, apiVersion: string): string | undefined {
  const versions = allKinds.filter(({ kind }) => kind === name).map(groupVersion);
  if (versions.length > 0) return `"${apiVersion}" has no kind ${name}; it is in ${versions.join(', ')}`;
  const near = nearest(name, allKinds.map(({ kind }) => kind));
  return near && `"${name}" is not a kind; did you mean ${near}?`;
}

function unknownField(kind: Kind, field: string): string {
  const steps = stepsOf(field);
  const near = nearest(String(steps.at(-1)), fieldsAt(kind.type ?? kind.kind, steps.slice(0, -1)));
  return `${kind.kind} has no field "${field}"${near ? `; did you mean "${near}"?` : ''}`;
}

/** The field at a path of a type, list indices left aside. */
export function fieldAt(typeName: string, steps: Path): FieldType | undefined {
  let type: string | undefined = typeName;
  let field: FieldType | undefined;
  for (const step of steps) {
    if (typeof step === 'number') continue;
    field = type === undefined ? undefined : schemaOf(type)?.fields.get(step);
    type = field?.type;
  }
  return field;
}

/** Names that could stand at a path of a type. */
export function fieldsAt(typeName: string, steps: Path): string[] {
  const type = steps.length === 0 ? typeName : fieldAt(typeName, steps)?.type;
  return type === undefined ? [] : [...(schemaOf(type)?.fields.keys() ?? [])];
}

/** `spec.containers[0].imgae` → its steps. */
function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => (index === undefined ? name! : Number(index)));
}
