/** kubectl get -w: the list as it is, then each change as it comes. */
import { ageSince } from '../../cluster/api/duration.ts';
import type { WatchEvent } from '../../cluster/apiserver/request.ts';
import { isStatus } from '../client.ts';
import type { Call } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { KubectlError, StatusError, throwAll } from '../errors.ts';
import { type ApiObject, asObject, isDict, listAt, textAt } from '../objects.ts';
import { isTable, plainTable, type TableText } from '../printers/server-table.ts';
import { bodyOf, fetched, listed, pagesOf, type Target, type Targets } from '../resource-builder.ts';
import { Watching } from '../watching.ts';
import { TABLE_ACCEPT } from './get.ts';

const CANCELLED = 130;

interface How {
  /** For formats other than tables. */
  print?: (object: ApiObject) => void;
  tableFor: (type: ResourceType, remembers: boolean) => TableText;
}

/** Prints what the one target holds and goes on until the watch ends or Ctrl-C is pressed. */
export async function watchAndPrint(call: Call, { targets, errors }: Targets, how: How): Promise<number> {
  throwAll(errors);
  if (new Set(targets.map(({ type }) => type)).size > 1) throw new KubectlError('you may only specify a single resource type');
  if (targets.length > 1) throwAll((await fetched(call, { targets, errors: [], isSingle: false })).errors);
  const [target, ...others] = targets;
  if (!target || others.length > 0) throw new KubectlError(`watch is only supported on individual resources and resource collections - ${targets.length} resources were found`);
  const printer = how.print ? objectsPrinter(call, how.print) : tablePrinter(call, target.type, how);
  const resourceVersion = await printer.first(target, !call.flags.bool('watch-only'));
  const { type, namespace } = target;
  const untilMs = call.nowMs + ((await call.client()).timeoutMs || Infinity);
  const selectors = target.what === 'object' ? { fieldSelector: `metadata.name=${target.name}` } : { labelSelector: target.labelSelector, fieldSelector: target.fieldSelector };
  const watching = await Watching.open(call, pathOf(type, namespace), { accept: printer.accept, query: { ...selectors, resourceVersion }, subject: type });
  try {
    for (let event = await watching.next(untilMs); event; event = await watching.next(untilMs)) printEvent(event, printer);
  } finally {
    watching.close();
  }
  return call.isCancelled ? CANCELLED : 0;
}

interface EventPrinter {
  accept?: string;
  /** Prints the beginning and gives the version from which to watch. */
  first(target: Target, isShown: boolean): Promise<string>;
  change(type: string, object: unknown): void;
}

function printEvent({ type, object }: WatchEvent, printer: EventPrinter): void {
  if (type === 'BOOKMARK') return;
  if (type === 'ERROR' && isStatus(object)) throw new StatusError(object);
  printer.change(type, object);
}

function tablePrinter(call: Call, type: ResourceType, { tableFor }: How): EventPrinter {
  const table = tableFor(type, true);
  const withEvents = call.flags.bool('output-watch-events');
  const show = (body: unknown, event: string) => {
    const shown = isTable(body) ? body : plainTable([body], (timestamp) => ageSince(timestamp, call.nowMs));
    if (listAt(shown, 'rows').length > 0) call.out(table.text([withEvents ? withEventColumn(shown, event) : shown]));
  };
  return {
    accept: TABLE_ACCEPT,
    async first(target, isShown) {
      const bodies = await firstBodies(call, target, TABLE_ACCEPT);
      if (isShown) for (const body of bodies) show(body, 'ADDED');
      return versionOf(bodies.at(-1));
    },
    change: (event, object) => show(object, event),
  };
}

function objectsPrinter(call: Call, print: (object: ApiObject) => void): EventPrinter {
  const withEvents = call.flags.bool('output-watch-events');
  const show = (event: string, object: ApiObject) => print(withEvents ? asObject({ apiVersion: 'meta.k8s.io/v1', kind: 'WatchEvent', type: event, object }) : object);
  return {
    async first(target, isShown) {
      const [body] = await firstBodies(call, target, undefined);
      if (isShown && target.what === 'object') show('ADDED', asObject(body));
      else if (isShown) for (const { object } of await listed(call, target as Target & { what: 'list' })) show('ADDED', object);
      return versionOf(body);
    },
    change: (event, object) => show(event, asObject(object)),
  };
}

async function firstBodies(call: Call, target: Target, accept: string | undefined): Promise<unknown[]> {
  if (target.what === 'list') return pagesOf(call, target, accept);
  return [await bodyOf(call, target, { accept })];
}

function versionOf(body: unknown): string {
  return textAt(body, 'metadata', 'resourceVersion');
}

function withEventColumn(table: unknown, event: string): unknown {
  if (!isDict(table)) return table;
  return {
    ...table,
    columnDefinitions: listAt(table, 'columnDefinitions').length > 0 ? [{ name: 'Event', type: 'string', format: '', priority: 0 }, ...listAt(table, 'columnDefinitions')] : [],
    rows: listAt(table, 'rows').map((row) => ({ ...(isDict(row) ? row : {}), cells: [event, ...listAt(row, 'cells')] })),
  };
}
