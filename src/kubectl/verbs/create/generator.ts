/** What the `create KIND` commands share: a name, an object made from flags, and its way to the server. */
import type { Call, Verb } from '../../command.ts';
import { KubectlError, textOf } from '../../errors.ts';
import { type ApiObject, versionOf, groupOf } from '../../objects.ts';
import { resultPrinter } from '../../printers/printer.ts';
import { createObject, savedConfig } from '../../requests.ts';

/** A kind that can be made from flags. */
export interface Generator extends Pick<Verb, 'path' | 'about' | 'help' | 'examples' | 'required'> {
  apiVersion: string;
  kind: string;
  isClusterScoped?: boolean;
  /** Everything but apiVersion, kind and metadata.name, fields in the order of Go's types. Throws KubectlError. */
  build(call: Call, name: string): Promise<Partial<ApiObject>> | Partial<ApiObject>;
  /** Put before what the server objects to, such as `failed to create job: `; nothing for some kinds. */
  failure?: string;
}

/** The command of a generator. */
export function generatorVerb(generator: Generator): Verb {
  const { path, about, help, examples, required } = generator;
  return { path, about, help, examples, required, run: (call) => generate(call, generator) };
}

async function generate(call: Call, generator: Generator): Promise<void> {
  const name = nameArgument(call);
  const dryRun = call.dryRun();
  call.fieldValidation(); // a wrong --validate is refused before anything else
  const { metadata, ...rest } = await generator.build(call, name);
  const connection = await call.connection();
  const own = !generator.isClusterScoped && connection.isNamespaceExplicit ? { namespace: connection.namespace } : {};
  const object: ApiObject = savedConfig(call, { kind: generator.kind, apiVersion: generator.apiVersion, metadata: { name, ...own, ...metadata }, ...rest });
  const print = await resultPrinter(call, 'created', { keepsOrder: dryRun === 'client' });
  print(dryRun === 'client' ? object : await sent(call, generator, object, connection.namespace));
}

async function sent(call: Call, { apiVersion, kind, isClusterScoped, failure }: Generator, object: ApiObject, namespace: string): Promise<ApiObject> {
  const type = await (await call.discovery()).ofKind(apiVersion, kind);
  if (!type) throw new KubectlError(`no matches for kind "${kind}" in version "${groupOf(apiVersion) ? apiVersion : versionOf(apiVersion)}"`);
  try {
    return await createObject(call, { type, namespace: isClusterScoped ? undefined : namespace }, object);
  } catch (error) {
    if (failure === undefined) throw error;
    throw new KubectlError(`${failure}${textOf(error)}`);
  }
}

/** The one argument before `--`. Throws KubectlError (kubectl's NameFromCommandArgs). */
export function nameArgument(call: Call): string {
  const count = call.dash ?? call.args.length;
  if (count !== 1) throw call.usage(`exactly one NAME is required, got ${count}`);
  return call.args[0]!;
}

/** The words after the name: a command to run. */
export function commandArguments(call: Call): string[] {
  return call.args.slice(1);
}

/** `{ [key]: value }`, or nothing for an empty value; for fields that Go leaves out when empty. */
export function present<T>(key: string, value: T | undefined): Record<string, T> {
  const isEmpty = value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return isEmpty ? {} : { [key]: value as T };
}
