/** How results are shown: -o in all its forms, and the line that says what was done. */
import type { Call } from './command.ts';
import { KubectlError } from './errors.ts';
import { displayName, type Info } from './resource-builder.ts';
import { customColumnsText, parseColumnTemplate, parseCustomColumns } from './printers/custom-columns.ts';
import { goJsonIndented } from './printers/json.ts';
import { fillJsonPath, fillJsonPathAsJson } from './printers/jsonpath/evaluate.ts';
import { goYaml } from './printers/yaml.ts';
import { type ApiObject, withAt } from './objects.ts';

const GET_FORMATS = 'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml';
const OTHER_FORMATS = 'go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml';

/** Prints one object or list in the format of -o. */
export type ObjectPrinter = (object: unknown) => string;

/** The printer of an -o value; undefined for '' and wide. Throws KubectlError for an unknown one. */
export async function printerFor(call: Call, output: string, allowed = OTHER_FORMATS): Promise<ObjectPrinter | undefined> {
  if (output === '' || (output === 'wide' && allowed === GET_FORMATS)) return undefined;
  const [format = '', ...rest] = output.split('=');
  const template = rest.join('=') || call.flags.optional('template');
  const fromFile = async () => (await call.environment.files.read(template)).trim();
  const needs = (what: string) => { if (!template) throw new KubectlError(`${what} template format specified but no template given`); };
  const options = { allowMissingKeys: !call.flags.has('allow-missing-template-keys') || call.flags.bool('allow-missing-template-keys') };
  switch (format) {
    case 'json': return (object) => goJsonIndented(shown(call, object));
    case 'yaml': return (object) => goYaml(shown(call, object));
    case 'jsonpath': needs('jsonpath'); return (object) => fillJsonPath(template, object, options);
    case 'jsonpath-as-json': needs('jsonpath'); return (object) => fillJsonPathAsJson(template, object, options);
    case 'jsonpath-file': { const text = await fromFile(); return (object) => fillJsonPath(text, object, options); }
    case 'custom-columns': { const columns = parseCustomColumns(template); return (object) => customColumnsText(columns, object, !call.flags.bool('no-headers')); }
    case 'custom-columns-file': { const columns = parseColumnTemplate(await fromFile()); return (object) => customColumnsText(columns, object, !call.flags.bool('no-headers')); }
    default: throw new KubectlError(`unable to match a printer suitable for the output format "${output}", allowed formats are: ${allowed}`);
  }
}

/** The printer for `get`, where tables are the usual form. */
export const getPrinterFor = (call: Call): Promise<ObjectPrinter | undefined> => (call.flags.string('output') === 'name' ? Promise.resolve(undefined) : printerFor(call, call.flags.string('output'), GET_FORMATS));

/** Says what was done to an object (`deployment.apps/web scaled`), or shows it as -o asks. */
export async function printOperation(call: Call, info: Pick<Info, 'type' | 'name' | 'object'>, operation: string): Promise<void> {
  const output = call.flags.optional('output');
  const name = displayName(info.type, info.name);
  if (output === 'name') return call.out(`${name}\n`);
  const print = await printerFor(call, output);
  if (print) return call.out(print(info.object));
  const dryRun = call.flags.has('dry-run') ? call.dryRun() : 'none';
  call.out(`${name} ${operation}${dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : ''}\n`);
}

/** Without managed fields, unless they are asked for. */
function shown(call: Call, object: unknown): unknown {
  if (call.flags.bool('show-managed-fields') || typeof object !== 'object' || object === null) return object;
  const one = object as ApiObject;
  if (Array.isArray(one.items)) return { ...one, items: one.items.map((item) => shown(call, item)) };
  return one.metadata?.managedFields === undefined ? one : withAt(one, ['metadata', 'managedFields'], undefined);
}
