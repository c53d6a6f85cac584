/** The line that says what was done to an object, or the object itself as -o asks. */
import type { Call } from './command.ts';
import type { Info } from './resource-builder.ts';
import { groupOf } from './objects.ts';
import { displayName } from './resource-builder.ts';
import { objectPrinter, outputFormat, type Print } from './printers/printer.ts';

/** One printer for each run, so that YAML documents after the first are separated. */
const printers = new WeakMap<Call, Print>();

/** ` (dry run)` and the like, to be put after what was done. */
export function dryRunSuffix(call: Call): string {
  const dryRun = call.flags.has('dry-run') ? call.dryRun() : 'none';
  return { none: '', client: ' (dry run)', server: ' (server dry run)' }[dryRun];
}

/**
 * Says what was done (`deployment.apps/web scaled`), or shows the object in the format of -o.
 * `keepsOrder` is for objects that kubectl made itself, whose JSON keeps its fields' order.
 */
export async function printOperation(call: Call, { type, name, object }: Pick<Info, 'type' | 'name' | 'object'>, operation: string, options: { keepsOrder?: boolean; hidesDryRun?: boolean } = {}): Promise<void> {
  const format = outputFormat(call);
  if (format.name === '') return call.out(`${displayName(object.kind ? { group: groupOf(object.apiVersion), kind: object.kind } : type, object.metadata.name ?? name)} ${operation}${options.hidesDryRun ? '' : dryRunSuffix(call)}\n`);
  const print = printers.get(call) ?? await objectPrinter(call, format, options);
  printers.set(call, print);
  print(object);
}

/** The printer of -o; undefined when nothing was asked for. */
export async function printerFor(call: Call): Promise<Print | undefined> {
  const format = outputFormat(call);
  return format.name === '' ? undefined : objectPrinter(call, format);
}
