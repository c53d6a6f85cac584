/** Chooses how objects are printed: -o and --template. */
import type { Call } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { type ApiObject, isDict, isList, withAt } from '../objects.ts';
import { displayName } from '../resource-builder.ts';
import { customColumnsText, parseColumnTemplate, parseCustomColumns } from './custom-columns.ts';
import { fillGoTemplate } from './go-template/template.ts';
import { goJsonIndented } from './json.ts';
import { fillJsonPath, fillJsonPathAsJson, goSyntax, JsonPathError } from './jsonpath/evaluate.ts';
import { JsonPathSyntaxError, parseJsonPath } from './jsonpath/parser.ts';
import { goKyaml } from './kyaml.ts';
import { goYaml } from './yaml.ts';

/** Prints one object, or a list as one. */
export type Print = (object: ApiObject) => void;

const TEMPLATED = ['go-template', 'go-template-file', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file', 'template', 'templatefile'];
const PLAIN = ['json', 'kyaml', 'name', 'yaml'];
const COLUMNS = ['custom-columns', 'custom-columns-file'];

export interface OutputFormat { name: string; template: string }

/** What -o and --template ask for; name '' when nothing. Throws KubectlError for a format that is not in `allowed`. */
export function outputFormat(call: Call, allowed: readonly string[] = [...PLAIN, ...TEMPLATED]): OutputFormat {
  const { flags } = call;
  const text = flags.optional('output');
  const at = text.indexOf('=');
  const typed = at < 0 ? text : text.slice(0, at);
  const inFlag = flags.optional('template');
  const name = typed === '' && inFlag ? 'go-template' : typed;
  if (name !== '' && (!allowed.includes(name) || (at >= 0 && !TEMPLATED.includes(name) && !COLUMNS.includes(name)))) {
    throw new KubectlError(`unable to match a printer suitable for the output format ${JSON.stringify(text)}, allowed formats are: ${[...allowed].sort().join(',')}`);
  }
  const template = at >= 0 ? text.slice(at + 1) : inFlag;
  if (TEMPLATED.includes(name) && template === '') throw new KubectlError('template format specified but no template given');
  return { name, template };
}

/** The formats of `get`: all, and tables. */
export const getFormats: readonly string[] = [...PLAIN, ...TEMPLATED, ...COLUMNS, 'wide'];

/**
 * The printer for what a verb has done: `deployment.apps/web scaled`, or the object in the format asked for.
 * `keepsOrder` is for objects that kubectl made itself, whose JSON keeps its fields' order.
 */
export async function resultPrinter(call: Call, operation: string, { keepsOrder = false } = {}): Promise<Print> {
  const format = outputFormat(call);
  if (format.name !== '') return objectPrinter(call, format, { keepsOrder });
  const suffix = { none: '', client: ' (dry run)', server: ' (server dry run)' }[call.dryRun()];
  return (object) => call.out(`${nameOfObject(object)} ${operation}${suffix}\n`);
}

/** The printer for a format that is no table. Throws KubectlError for a template that cannot be read. */
export async function objectPrinter(call: Call, { name, template }: OutputFormat, { keepsOrder = false, write = (text: string) => call.out(text) } = {}): Promise<Print> {
  const shown = (object: ApiObject) => (call.flags.bool('show-managed-fields') ? object : withoutManagedFields(object));
  const text = /-?file$/.test(name) ? await templateFile(call, template, name) : template;
  let isFirst = true;
  const separated = (document: string) => {
    write(isFirst ? document : `---\n${document}`);
    isFirst = false;
  };
  switch (name) {
    case 'name': return (object) => { for (const item of isList(object) ? object.items : [object]) call.out(`${nameOfObject(item)}\n`); };
    case 'json': return (object) => write(goJsonIndented(shown(object), { keepsOrder }));
    case 'yaml': return (object) => separated(goYaml(shown(object)));
    case 'kyaml': return (object) => call.out(goKyaml(shown(object)));
    case 'custom-columns': case 'custom-columns-file': return columnsPrinter(call, name === 'custom-columns' ? parseCustomColumns(text) : parseColumnTemplate(text));
    case 'jsonpath': case 'jsonpath-file': return pathPrinter(call, text, fillJsonPath);
    case 'jsonpath-as-json': return pathPrinter(call, text, fillJsonPathAsJson);
    default: return (object) => fillGoTemplate(text, object, { allowMissingKeys: call.flags.bool('allow-missing-template-keys'), write: (filled) => call.out(filled) });
  }
}

function columnsPrinter(call: Call, columns: ReturnType<typeof parseCustomColumns>): Print {
  let hasHeaders = !call.flags.bool('no-headers');
  return (object) => {
    call.out(customColumnsText(columns, object, hasHeaders));
    hasHeaders = false;
  };
}

function pathPrinter(call: Call, template: string, fill: typeof fillJsonPath): Print {
  try {
    parseJsonPath(template);
  } catch (error) {
    if (error instanceof JsonPathSyntaxError) throw new KubectlError(`error parsing jsonpath ${template}, ${error.message}`);
    throw error;
  }
  const allowMissingKeys = call.flags.bool('allow-missing-template-keys');
  return (object) => {
    try {
      call.out(fill(template, object, { allowMissingKeys }));
    } catch (error) {
      if (error instanceof JsonPathError) throw new KubectlError(jsonPathFailure(template, object, error));
      throw error;
    }
  };
}

function jsonPathFailure(template: string, object: unknown, error: Error): string {
  return `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n`;
}

async function templateFile(call: Call, path: string, format: string): Promise<string> {
  try {
    return await call.environment.files.read(path);
  } catch {
    throw new KubectlError(`error reading ${COLUMNS.includes(format) ? 'template' : '--template'} ${path}, open ${path}: no such file or directory`);
  }
}

/** `pod/web`, `deployment.apps/web`. */
export function nameOfObject(object: unknown): string {
  if (!isDict(object) || typeof object.kind !== 'string') return '<unknown>';
  const apiVersion = typeof object.apiVersion === 'string' ? object.apiVersion : '';
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const metadata = isDict(object.metadata) ? object.metadata : {};
  return displayName({ group, kind: object.kind }, typeof metadata.name === 'string' && metadata.name !== '' ? metadata.name : '<unknown>');
}

function withoutManagedFields(object: ApiObject): ApiObject {
  const bare = object.metadata?.managedFields === undefined ? object : withAt(object, ['metadata', 'managedFields'], undefined);
  if (!isList(bare)) return bare;
  return { ...bare, items: bare.items.map((item) => (isDict(item) ? withAt(item, ['metadata', 'managedFields'], undefined) : item)) };
}
