/** Kinds and fields of a level's manifests, by the API's own schema, at the place where they stand. */
import { isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { checkFields } from '../../../cluster/api/decode.ts';
import { groupVersion, type Kind } from '../../../cluster/api/kind.ts';
import { allKinds } from '../../../cluster/api/kinds/index.ts';
import { schemaOf } from '../../../cluster/api/schema.ts';
import type { Level } from '../level.ts';
import type { Located } from '../located.ts';
import { nearest } from '../nearest.ts';
import type { Problem } from '../problems.ts';

/** What is misspelt in `setup`. */
export function manifestProblems(level: Level, located: Located): Problem[] {
  const { setup = '' } = level;
  if (!setup.trim()) return [];
  const definesKinds = /CustomResourceDefinition/.test(`${setup}${level.prepare ?? ''}`);
  const lines = new LineCounter();
  const documents = parseAllDocuments(setup, { lineCounter: lines });
  if ('empty' in documents) return [];
  const problems: Problem[] = [];
  for (const document of documents) {
    const data: unknown = document.toJS();
    if (typeof data !== 'object' || data === null) continue;
    const add = (path: readonly (string | number)[], message: string) => {
      const { line, col } = lines.linePos(offsetOf(document.contents, path));
      problems.push({ file: level.file, ...located.within(['setup'], line, col), rule: 'manifest', severity: 'error', message });
    };
    const items: [unknown, (string | number)[]][] = 'items' in data && Array.isArray(data.items) ? data.items.map((item: unknown, i) => [item, ['items', i]]) : [[data, []]];
    for (const [item, path] of items) {
      if (typeof item !== 'object' || item === null) continue;
      const { apiVersion, kind: name } = item as { apiVersion?: unknown; kind?: unknown };
      const kind = allKinds.find((k) => k.kind === name && groupVersion(k) === apiVersion);
      if (kind) for (const field of checkFields(kind.type ?? kind.kind, item).unknown) add([...path, ...stepsOf(field)], unknownField(kind, field));
      else if (!definesKinds) add([...path, 'kind'], unknownKind(String(name), String(apiVersion)));
    }
  }
  return problems;
}

function unknownKind(name: string, apiVersion: string): string {
  const versions = allKinds.filter(({ kind }) => kind === name).map(groupVersion);
  if (versions.length > 0) return `setup: "${apiVersion}" has no kind ${name}; it is in ${versions.join(', ')}`;
  const near = nearest(name, allKinds.map(({ kind }) => kind));
  return `setup: "${name}" is not a kind${near ? `; did you mean ${near}?` : ''}`;
}

function unknownField(kind: Kind, field: string): string {
  const steps = stepsOf(field);
  const last = String(steps.at(-1));
  const near = nearest(last, fieldsAt(kind.type ?? kind.kind, steps.slice(0, -1)));
  return `setup: ${kind.kind} has no field "${field}"${near ? `; did you mean "${near}"?` : ''}`;
}

/** Names that could stand at a path of a type. */
function fieldsAt(typeName: string, steps: readonly (string | number)[]): string[] {
  let type = schemaOf(typeName);
  for (const step of steps) {
    if (typeof step === 'number') continue;
    const field = type?.fields.get(step);
    if (!field) return [];
    type = schemaOf(field.type);
  }
  return [...(type?.fields.keys() ?? [])];
}

/** `spec.containers[0].imgae` → its steps. */
function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => (index === undefined ? name! : Number(index)));
}

function offsetOf(contents: unknown, path: readonly (string | number)[]): number {
  let node = contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) node = node.items[Number(step)];
    else break;
  }
  return offset;
}
