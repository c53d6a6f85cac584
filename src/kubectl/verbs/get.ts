/** kubectl get: objects as tables, YAML, JSON or through templates; once or watched. */
import { ageSince } from '../../cluster/api/duration.ts';
import { bodyText, statusErrorOf } from '../client.ts';
import type { Call, Verb } from '../command.ts';
import { hasReason, KubectlError, PlainError, throwAll, unprefixed } from '../errors.ts';
import { groupResource, type ResourceType } from '../discovery.ts';
import { type ApiObject, asObject, isDict, listAt } from '../objects.ts';
import { getFormats, objectPrinter, outputFormat, type OutputFormat } from '../printers/printer.ts';
import { isTable, plainTable, TableText, type TableOptions } from '../printers/server-table.ts';
import { sortedBy, UnsortableError } from '../printers/sorting.ts';
import { checkRawPath } from '../requests.ts';
import { bodyOf, hasManifests, listed, pagesOf, type Target, type Targets, targetsOf } from '../resource-builder.ts';
import { watchAndPrint } from './get-watch.ts';

export const TABLE_ACCEPT = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export const get: Verb = {
  path: 'get',
  about: 'Display one or many resources',
  help: 'Shows one or more objects, by default as a table of the most important facts.\n\nNames, label selectors and field selectors narrow the choice; -o changes the form. Objects of other\nnamespaces than the current one need --namespace or --all-namespaces.',
  examples: [
    ['# All Pods of the current namespace', 'kubectl get pods'],
    ['# The same with IP addresses and nodes', 'kubectl get pods -o wide'],
    ['# One Deployment as YAML', 'kubectl get deployment web -o yaml'],
    ['# Only the image of a Pod\'s first container', "kubectl get pod web -o jsonpath='{.spec.containers[0].image}'"],
    ['# Pods with a label, in all namespaces, followed live', 'kubectl get pods -A -l app=web -w'],
  ],
  run,
};

async function run(call: Call): Promise<number | void> {
  const { flags, args } = call;
  if (flags.string('raw')) return getRaw(call, flags.string('raw'));
  if (args.length === 0 && !hasManifests(call)) throw new PlainError(missingType());
  const format = outputFormat(call, getFormats);
  const isHuman = format.name === '' || format.name === 'wide';
  if (flags.bool('show-labels') && !isHuman) throw new KubectlError(`--show-labels option cannot be used with ${format.name} printer`);
  const isWatch = flags.bool('watch') || flags.bool('watch-only');
  if (flags.bool('output-watch-events') && !isWatch) throw new KubectlError('--output-watch-events option can only be used with --watch or --watch-only');
  // A template that cannot be read is told before the server is asked.
  const print = isHuman ? undefined : await objectPrinter(call, format);
  if (flags.string('subresource') && args.length < 2 && !args[0]?.includes('/') && !hasManifests(call)) throw new KubectlError('subresource cannot be used when bulk resources are specified');
  const found = await targetsOf(call, {
    allowsEmptySelector: true, allNamespaces: flags.bool('all-namespaces'), selector: flags.string('selector'), fieldSelector: flags.string('field-selector'),
  });
  const targets = { ...found, errors: unprefixed(found.errors) };
  if (isWatch && flags.string('sort-by')) call.err('warning: --watch requested, --sort-by will be ignored for watch events received\n');
  if (isWatch) return watchAndPrint(call, targets, { print, tableFor: (type, remembers) => tableFor(call, format, type, { withKind: flags.bool('show-kind'), remembers }) });
  try {
    await (print ? printObjects(call, targets, print, format) : printTables(call, targets, format));
  } catch (error) {
    if (!(error instanceof UnsortableError)) throw error;
    call.log.line('F', 'sorter.go:375', error.message);
    return 1;
  }
}

function missingType(): string {
  return 'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n'
    + 'error: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee \'kubectl get -h\' for help and examples';
}

/** --raw: the body as the server sent it. */
async function getRaw(call: Call, path: string): Promise<void> {
  if (call.args.length > 0) throw new KubectlError('arguments may not be passed when --raw is specified');
  const { flags } = call;
  if (flags.bool('watch') || flags.bool('watch-only') || flags.string('selector')) throw new KubectlError('--raw may not be specified with other flags that filter the server request or alter the output');
  if (flags.string('output')) throw new KubectlError('--raw and --output are mutually exclusive');
  checkRawPath(path);
  const response = (await call.client()).send('GET', path);
  if (response.code >= 400) throw statusErrorOf(response, 'GET');
  const isPretty = /^\/version\/?$/.test(path);
  call.out(isPretty ? JSON.stringify(response.body, null, 2) : bodyText(response));
}

function tableOptions(call: Call, format: Pick<OutputFormat, 'name'>, type: ResourceType, withKind: boolean): TableOptions {
  const { flags } = call;
  return {
    isWide: format.name === 'wide', showLabels: flags.bool('show-labels'), labelColumns: flags.list('label-columns'), hasHeaders: !flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces') && type.namespaced, kindPrefix: withKind ? kindPrefixOf(type) : undefined,
  };
}

function tableFor(call: Call, format: OutputFormat, type: ResourceType, { withKind, remembers }: { withKind: boolean; remembers: boolean }): TableText {
  return new TableText(tableOptions(call, format, type, withKind), remembers);
}

const kindPrefixOf = ({ kind, group }: ResourceType): string => `${kind.toLowerCase()}${group ? `.${group}` : ''}`;

interface Group { type: ResourceType; tables: unknown[] }

async function printTables(call: Call, { targets, errors }: Targets, format: OutputFormat): Promise<void> {
  const { flags } = call;
  const failures = [...errors];
  const groups: Group[] = [];
  for (const target of targets) {
    try {
      const tables = await tablesOf(call, target);
      const last = groups.at(-1);
      if (last?.type === target.type) last.tables.push(...tables);
      else groups.push({ type: target.type, tables: [...tables] });
    } catch (error) {
      if (!(hasReason(error, 'NotFound') && flags.bool('ignore-not-found'))) failures.push(error);
    }
  }
  const withKind = flags.bool('show-kind') || new Set(groups.map(({ type }) => groupResource(type))).size > 1;
  let hasPrinted = false;
  const sortKey = flags.string('sort-by');
  // Of several tables kubectl looks for the field in the tables themselves.
  const all = groups.flatMap(({ tables }) => tables);
  if (sortKey && targets.length > 1) sortedBy(all, sortKey, (table) => table);
  for (const { type, tables } of groups) {
    const sorted = sortKey ? sortedTables(tables, sortKey) : tables;
    const filled = sorted.filter((table) => listAt(table, 'rows').length > 0);
    if (filled.length === 0) continue;
    const text = tableFor(call, format, type, { withKind, remembers: false }).text(filled);
    call.out(hasPrinted && !flags.bool('no-headers') ? `\n${text}` : text);
    hasPrinted = true;
  }
  if (!hasPrinted && failures.length === 0 && !flags.bool('ignore-not-found')) await sayNothingFound(call, targets);
  throwAll(failures);
}

async function sayNothingFound(call: Call, targets: readonly Target[]): Promise<void> {
  const isNamespaced = !call.flags.bool('all-namespaces') && targets.every(({ type }) => type.namespaced);
  call.err(isNamespaced ? `No resources found in ${await call.namespace()} namespace.\n` : 'No resources found\n');
}

async function tablesOf(call: Call, target: Target): Promise<unknown[]> {
  const isServerPrinted = call.flags.bool('server-print');
  const accept = isServerPrinted ? TABLE_ACCEPT : undefined;
  const query = call.flags.string('sort-by') && isServerPrinted ? { includeObject: 'Object' } : {};
  if (target.what === 'list') {
    if (isServerPrinted) return (await pagesOf(call, target, accept, query)).map((page) => asTable(call, page));
    return [plainTable((await listed(call, target)).map(({ object }) => object), (timestamp) => ageSince(timestamp, call.nowMs))];
  }
  const subresource = call.flags.string('subresource');
  return [asTable(call, await bodyOf(call, target, { accept, query, subresource }))];
}

/** Servers that cannot print tables answer with objects. */
function asTable(call: Call, body: unknown): unknown {
  if (isTable(body)) return body;
  const items = isDict(body) && Array.isArray(body.items) ? (body.items as unknown[]) : [body];
  return plainTable(items, (timestamp) => ageSince(timestamp, call.nowMs));
}

/** The tables in order; none when that fails, of which kubectl says nothing. */
function sortedTables(tables: readonly unknown[], path: string): unknown[] {
  try {
    return sortTables(tables, path);
  } catch (error) {
    if (error instanceof KubectlError) return [];
    throw error;
  }
}

function sortTables(tables: readonly unknown[], path: string): unknown[] {
  const rows = tables.flatMap((table) => listAt(table, 'rows'));
  if (rows.length <= 1) return [...tables];
  const [first] = tables;
  return [{ ...(isDict(first) ? first : {}), rows: sortedBy(rows, path, (row) => (isDict(row) ? row.object : undefined)) }];
}

async function printObjects(call: Call, { targets, errors, isSingle }: Targets, print: (object: ApiObject) => void, format: OutputFormat): Promise<void> {
  const failures = [...errors];
  const objects: ApiObject[] = [];
  for (const target of targets) {
    try {
      if (target.what === 'list') objects.push(...(await listed(call, target)).map(({ object }) => object));
      else objects.push(await oneObject(call, target));
    } catch (error) {
      if (!(hasReason(error, 'NotFound') && call.flags.bool('ignore-not-found'))) failures.push(error);
    }
  }
  const path = call.flags.string('sort-by');
  const sorted = path && objects.length > 0 ? sortedBy(objects, path, (object) => object) : objects;
  const isNothing = sorted.length === 0 && (failures.length > 0 || isSingle);
  if (!isNothing) {
    if (isSingle && sorted[0]) print(sorted[0]);
    else if (format.name === 'name') sorted.forEach(print);
    else print(listObject(sorted));
  }
  throwAll(failures);
}

async function oneObject(call: Call, target: Target & { what: 'object' }): Promise<ApiObject> {
  const subresource = call.flags.string('subresource');
  return asObject(await bodyOf(call, target, { subresource }));
}

/** Several objects as one v1 List. */
export function listObject(items: readonly ApiObject[]): ApiObject {
  return { apiVersion: 'v1', items: [...items], kind: 'List', metadata: { resourceVersion: '' } };
}

