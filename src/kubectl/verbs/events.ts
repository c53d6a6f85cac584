/** kubectl events: what happened, oldest first, once or watched. */
import { isStatus } from '../client.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, pathOf } from '../discovery.ts';
import { interval } from '../describe/events.ts';
import { KubectlError, NoResourceMatchError, StatusError } from '../errors.ts';
import { type ApiObject, asObject, compareText, textAt } from '../objects.ts';
import { printerFor } from '../output.ts';
import { aligned, type Widths } from '../printers/table.ts';
import { listed, type ListTarget } from '../resource-builder.ts';
import { Watching } from '../watching.ts';
import { listObject } from './get.ts';

const CANCELLED = 130;

export const events: Verb = {
  path: 'events', about: 'List events',
  examples: [['# In this namespace', 'kubectl events'], ['# To one Pod, live', 'kubectl events --for pod/web-0 --watch'], ['# Only what went wrong', 'kubectl events --types=Warning']],
  async run(call) {
    const { flags } = call;
    const types = flags.list('types').map((text) => text.toLowerCase());
    if (types.some((text) => text !== 'normal' && text !== 'warning')) throw new KubectlError('valid --types are Normal or Warning');
    const fieldSelector = await forSelector(call);
    const type = await (await call.discovery()).resolve('events');
    const target: ListTarget = { what: 'list', type, namespace: flags.bool('all-namespaces') ? undefined : await call.namespace(), labelSelector: '', fieldSelector };
    const isWanted = (event: unknown) => types.length === 0 || types.includes(textAt(event, 'type').toLowerCase());
    return flags.bool('watch') ? watchEvents(call, target, isWanted) : listEvents(call, target, isWanted);
  },
};

/** --for as a field selector. Throws KubectlError. */
async function forSelector(call: Call): Promise<string> {
  const about = call.flags.string('for');
  if (!about) return '';
  const parts = about.split('/');
  const [word = '', name = ''] = parts;
  if (parts.length !== 2 || !word || !name) throw new KubectlError('--for must be in resource/name form');
  const type = await (await call.discovery()).find(word);
  if (!type) throw new NoResourceMatchError(word);
  return `involvedObject.apiVersion=${apiVersionOf(type)},involvedObject.kind=${type.kind},involvedObject.name=${name}`;
}

async function listEvents(call: Call, target: ListTarget, isWanted: (event: unknown) => boolean): Promise<void> {
  const found = (await listed(call, target)).map(({ object }) => object).filter(isWanted);
  if (found.length === 0) {
    call.err(call.flags.bool('all-namespaces') ? 'No events found.\n' : `No events found in ${await call.namespace()} namespace.\n`);
    return;
  }
  found.sort((a, b) => compareText(lastSeen(a), lastSeen(b)));
  (await eventPrinter(call)).show(found);
}

async function watchEvents(call: Call, { type, namespace, fieldSelector }: ListTarget, isWanted: (event: unknown) => boolean): Promise<number> {
  const printer = await eventPrinter(call);
  const watching = await Watching.open(call, pathOf(type, namespace), { query: { fieldSelector }, subject: type });
  try {
    for (let change = await watching.next(); change; change = await watching.next()) {
      if (change.type === 'ERROR' && isStatus(change.object)) throw new StatusError(change.object);
      if (change.type !== 'ADDED' && change.type !== 'MODIFIED') continue;
      const event = asObject(change.object);
      if (isWanted(event)) printer.showOne(event);
    }
  } finally {
    watching.close();
  }
  return call.isCancelled ? CANCELLED : 0;
}

async function eventPrinter(call: Call): Promise<{ show(events: ApiObject[]): void; showOne(event: ApiObject): void }> {
  const { flags } = call;
  const print = await printerFor(call);
  // A list of events has no name to print.
  if (print && flags.string('output') === 'name' && !flags.bool('watch')) return { show: () => undefined, showOne: print };
  if (print) return { show: (found) => print(listObject(found)), showOne: print };
  const withNamespace = flags.bool('all-namespaces');
  const widths: Widths = [];
  let hasHeaders = !flags.bool('no-headers');
  const show = (found: readonly ApiObject[]) => {
    const rows = found.map((event) => eventRow(event, call.nowMs, withNamespace));
    const header = [...(withNamespace ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
    call.out(aligned(hasHeaders ? [header, ...rows] : rows, { widths }));
    hasHeaders = false;
  };
  return { show, showOne: (event) => show([event]) };
}

function eventRow(event: ApiObject, nowMs: number, withNamespace: boolean): string[] {
  const about = `${textAt(event, 'involvedObject', 'kind')}/${textAt(event, 'involvedObject', 'name')}`;
  return [...(withNamespace ? [textAt(event, 'metadata', 'namespace')] : []), interval(event, nowMs), textAt(event, 'type'), textAt(event, 'reason'), about, textAt(event, 'message').trim()];
}

function lastSeen(event: unknown): string {
  return textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || textAt(event, 'eventTime');
}

