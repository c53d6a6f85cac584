/** From arguments to targets: `pods a b`, `pod/a svc/b`, `pods,svc -l x=y`, `-f dir`; kubectl's resource builder. */
import { checkFields } from '../cluster/api/decode.ts';
import { matches, parseSelector } from '../cluster/api/labels.ts';
import type { Client, RequestOptions } from './client.ts';
import type { Call } from './command.ts';
import type { Discovery, ResourceType } from './discovery.ts';
import { apiVersionOf, pathOf } from './discovery.ts';
import { hasReason, KubectlError, PlainError, StatusError } from './errors.ts';
import { kustomized } from './kustomize/index.ts';
import { isUrl, readManifests, type ManifestDocument } from './manifest.ts';
import { type ApiObject, asObject, groupOf, isDict, isList, listAt, textAt, versionOf, withAt } from './objects.ts';
import { validateDocument } from './validation.ts';

/** One named object, perhaps with what a manifest says of it. */
export interface ObjectTarget { what: 'object'; type: ResourceType; namespace?: string; name: string; source: string; manifest?: ApiObject }
/** All objects of a type that selectors choose. */
export interface ListTarget { what: 'list'; type: ResourceType; namespace?: string; labelSelector: string; fieldSelector: string }
export type Target = ObjectTarget | ListTarget;

/** An object that was found, and where. */
export interface Info { type: ResourceType; namespace?: string; name: string; source: string; object: ApiObject }

export interface BuilderOptions {
  args?: readonly string[];
  /** A type alone means all of its objects, as for `get`. */
  allowsEmptySelector?: boolean;
  /** Select all objects of the types (--all). */
  all?: boolean;
  selector?: string;
  fieldSelector?: string;
  allNamespaces?: boolean;
  /** Check documents for apiVersion and kind first, as commands with --validate do. */
  validates?: boolean;
  /** Type to assume for arguments without one (`kubectl cordon NODE`). */
  defaultType?: string;
  /** Manifests only, without asking the server what it serves. */
  local?: boolean;
}

/** What the arguments mean. Errors about single documents stand beside the targets of the others. */
export interface Targets { targets: Target[]; errors: unknown[]; isSingle: boolean }

/** What is said when neither arguments nor files name anything. */
export const MISSING = 'You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   \'-f rsrc.yaml\'\n   \'--filename=rsrc.json\'\n   \'<resource> <name>\'\n   \'<resource>\'';

/** True when -f or -k was given. */
export function hasManifests({ flags }: Call): boolean {
  return (flags.has('filename') && flags.list('filename').length > 0) || flags.optional('kustomize') !== '';
}

/** Works out the targets of a command. Throws KubectlError when the arguments make no sense together. */
export async function targetsOf(call: Call, options: BuilderOptions): Promise<Targets> {
  const args = options.args ?? call.args;
  if (call.flags.has('filename') && call.flags.list('filename').length > 0 && call.flags.optional('kustomize')) throw new KubectlError('only one of -f or -k can be specified');
  if (hasManifests(call)) {
    await checkPaths(call);
    if (args.length > 0) throw new KubectlError('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
    return fromManifests(call, options);
  }
  if (options.all && (options.selector || options.fieldSelector)) throw new KubectlError("setting 'all' parameter but found a non empty selector. ");
  const discovery = await call.discovery();
  if (hasSlashes(args)) return fromPairs(call, discovery, args, options);
  const [types, ...names] = options.defaultType ? [options.defaultType, ...args] : args;
  const hasSelector = Boolean(options.selector || options.fieldSelector || options.all);
  if (types === undefined) throw new KubectlError(hasSelector ? 'at least one resource must be specified to use a selector' : MISSING);
  if (hasSelector && names.length > 0) throw new KubectlError('name cannot be provided when a selector is specified');
  const resolved = await typesOf(discovery, types);
  if (names.length > 0) return fromNames(call, resolved, names, options);
  if (!hasSelector && !options.allowsEmptySelector) throw new KubectlError('resource(s) were provided, but no name was specified');
  const namespace = await selectorNamespace(call, options);
  const targets = resolved.map((type): ListTarget =>
    ({ what: 'list', type, namespace: type.namespaced ? namespace : undefined, labelSelector: options.selector ?? '', fieldSelector: options.fieldSelector ?? '' }));
  return { targets, errors: [], isSingle: false };
}

async function checkPaths(call: Call): Promise<void> {
  const { files } = call.environment;
  for (const path of await expandedPaths(call)) if (path !== '-' && !isUrl(path) && !await files.exists(path)) throw new KubectlError(`the path "${path}" does not exist`);
}

/** What -f names; `*.yaml` that no shell has spelled out stands for the files that fit. */
async function expandedPaths({ flags, environment: { files } }: Call): Promise<string[]> {
  const paths: string[] = [];
  for (const path of flags.list('filename')) {
    const [, folder = '', pattern = ''] = /^(.*\/)?([^/]*)$/s.exec(path) ?? [];
    const isPattern = /[*?[]/.test(pattern) && !isUrl(path) && !await files.exists(path) && (folder === '' || await files.isDirectory(folder));
    const fits = isPattern ? (await files.list(folder || '.')).filter((name) => globPattern(pattern).test(name)) : [];
    paths.push(...(fits.length > 0 ? fits.map((name) => `${folder}${name}`) : [path]));
  }
  return paths;
}

/** `*` is any text, `?` any character, `[ab]` one of some. */
const globPattern = (glob: string): RegExp => new RegExp(`^${glob.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');

function hasSlashes(args: readonly string[]): boolean {
  const count = args.filter((arg) => arg.includes('/')).length;
  if (count > 0 && count !== args.length) throw new KubectlError("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'");
  return count > 0;
}

/** `pods,svc`, with categories such as `all` spelled out. */
async function typesOf(discovery: Discovery, argument: string): Promise<ResourceType[]> {
  const types: ResourceType[] = [];
  for (const word of argument.split(',')) {
    if (word === '') throw new KubectlError('arguments in resource/name form must have a single resource and name');
    const members = await discovery.category(word);
    const found = members.length > 0 ? members : [await discovery.resolve(word)];
    types.push(...found.filter((type) => !types.includes(type)));
  }
  return types;
}

async function fromPairs(call: Call, discovery: Discovery, args: readonly string[], options: BuilderOptions): Promise<Targets> {
  if (options.selector || options.fieldSelector || options.all) throw new KubectlError('selectors and the all flag cannot be used when passing resource/name arguments');
  const targets: ObjectTarget[] = [];
  for (const arg of args) {
    const parts = arg.split('/');
    const [word = '', name = ''] = parts;
    if (parts.length > 2) throw new KubectlError('arguments in resource/name form may not have more than one slash');
    if (!word || !name || word.includes(',')) throw new KubectlError('arguments in resource/name form must have a single resource and name');
    targets.push(await objectTarget(call, await discovery.resolve(word), name, options));
  }
  return { targets, errors: [], isSingle: targets.length === 1 };
}

async function fromNames(call: Call, types: readonly ResourceType[], names: readonly string[], options: BuilderOptions): Promise<Targets> {
  const targets: ObjectTarget[] = [];
  for (const type of types) for (const name of names) targets.push(await objectTarget(call, type, name, options));
  return { targets, errors: [], isSingle: targets.length === 1 };
}

async function objectTarget(call: Call, type: ResourceType, name: string, { allNamespaces }: BuilderOptions): Promise<ObjectTarget> {
  if (type.namespaced && allNamespaces) throw new KubectlError('a resource cannot be retrieved by name across all namespaces');
  return { what: 'object', type, namespace: type.namespaced ? await call.namespace() : undefined, name, source: '' };
}

async function selectorNamespace(call: Call, { allNamespaces }: BuilderOptions): Promise<string | undefined> {
  return allNamespaces ? undefined : call.namespace();
}

async function fromManifests(call: Call, options: BuilderOptions): Promise<Targets> {
  const { flags } = call;
  const folder = flags.optional('kustomize');
  const { documents, errors } = folder
    ? await kustomized(call, folder).then((found) => ({ documents: found, errors: [] as unknown[] }), (error: unknown) => ({ documents: [], errors: [error] }))
    : await readManifests(call, await expandedPaths(call), flags.bool('recursive'));
  const targets: Target[] = [];
  let hasList = false;
  for (const document of documents) {
    try {
      if (options.validates) validateDocument(document);
      hasList ||= isList(document.value);
      for (const value of isList(document.value) ? document.value.items.map((item) => typedItem(document.value, item)) : [document.value]) {
        const target = await manifestTarget(call, { ...document, value }, options, isList(document.value));
        if (isChosen(target, options.selector)) targets.push(target);
      }
    } catch (error) {
      errors.push(error);
    }
  }
  const isOneFile = !folder && flags.list('filename').length === 1 && documents.length === 1 && !hasList;
  return { targets, errors, isSingle: isOneFile && targets.length === 1 };
}

/** An item of a typed list (`ConfigMapList`) may leave its kind to the list. */
function typedItem(list: unknown, item: unknown): unknown {
  const kind = textAt(list, 'kind').replace(/List$/, '');
  return kind && isDict(item) && item.kind === undefined ? { apiVersion: textAt(list, 'apiVersion'), kind, ...item } : item;
}

/** What every object's metadata must be, else it is not even sent. Throws KubectlError in Go's words. */
function checkMetadata(source: string, metadata: unknown): void {
  const [problem] = metadata === undefined ? [] : checkFields('ConfigMap', { metadata }).typeErrors; // any kind will do
  if (problem) throw new KubectlError(`unable to decode "${source}": ${problem.replace('field ConfigMap.', 'field metadataOnlyObject.')}`);
}

function isChosen({ manifest }: ObjectTarget, selector: string | undefined): boolean {
  return !selector || matches(parseSelector(selector), manifest?.metadata.labels);
}

async function manifestTarget(call: Call, { source, value }: ManifestDocument, { local }: BuilderOptions, isItem: boolean): Promise<ObjectTarget> {
  const kind = textAt(value, 'kind');
  if (!isDict(value)) throw new KubectlError(`unable to decode "${source}": json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type unstructured.detector`);
  if (!kind) throw new KubectlError(`unable to decode "${source}": Object 'Kind' is missing in '${JSON.stringify(value)}'`);
  checkMetadata(source, value.metadata);
  const apiVersion = textAt(value, 'apiVersion');
  const name = textAt(value, 'metadata', 'name');
  const own = textAt(value, 'metadata', 'namespace');
  const type = local ? localType(apiVersion, kind) : await (await call.discovery()).ofKind(apiVersion, kind);
  if (!type && isItem) throw new PlainError(`unable to recognize no matches for kind "${kind}" in version "${apiVersion}"`);
  if (!type) throw new KubectlError(`resource mapping not found for name: "${name}" namespace: "${own}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`);
  const object = asObject(value);
  if (!type.namespaced) return { what: 'object', type, name, source, manifest: object };
  const connection = await call.connection();
  if (own && connection.isNamespaceExplicit && own !== connection.namespace) {
    throw new KubectlError(`the namespace from the provided object "${own}" does not match the namespace "${connection.namespace}". You must pass '--namespace=${own}' to perform this operation.`);
  }
  const namespace = own || connection.namespace;
  return { what: 'object', type, namespace, name, source, manifest: local ? object : withAt(object, ['metadata', 'namespace'], namespace) };
}

/** A stand-in for a type when the server must not be asked. */
export function localType(apiVersion: string, kind: string): ResourceType {
  const singular = kind.toLowerCase();
  const plural = /(s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : singular.endsWith('y') && !/[aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
  return { group: groupOf(apiVersion), version: versionOf(apiVersion), kind, plural, singular, namespaced: false, shortNames: [], categories: [], verbs: [], subresources: [] };
}

/** Gets what targets name; a failure stands beside what was found. */
export async function fetched(call: Call, { targets, errors }: Targets): Promise<{ infos: Info[]; errors: unknown[] }> {
  const result = { infos: [] as Info[], errors: [...errors] };
  for (const target of targets) {
    try {
      result.infos.push(...await found(call, target));
    } catch (error) {
      result.errors.push(error);
    }
  }
  return result;
}

/** What a target stands for, from the server. Throws StatusError. */
export async function found(call: Call, target: Target): Promise<Info[]> {
  return target.what === 'list' ? listed(call, target) : [await fetchedOne(call, target)];
}

/** The object of a target, from the server. Throws StatusError. */
export async function fetchedOne(call: Call, target: ObjectTarget): Promise<Info> {
  const { type, namespace, name, source } = target;
  return { type, namespace, name, source, object: asObject(await bodyOf(call, target)) };
}

/** What the server answers for one object: itself, or a table if `accept` asks for it. Throws StatusError. */
export async function bodyOf(call: Call, { type, namespace, name }: ObjectTarget, { subresource, ...options }: Omit<RequestOptions, 'subject'> & { subresource?: string } = {}): Promise<unknown> {
  if (!name) throw new KubectlError('resource name may not be empty');
  const client = await call.client();
  try {
    return client.get(pathOf(type, namespace, name, subresource), { ...options, subject: { ...type, name } });
  } catch (error) {
    if (hasReason(error, 'NotFound') && namespace && namespace !== 'default') expectNamespace(client, namespace);
    throw error;
  }
}

/** Of an object that is not there, kubectl rather says that its namespace is not. Throws StatusError. */
function expectNamespace(client: Client, name: string): void {
  try {
    client.get(`/api/v1/namespaces/${name}`, { subject: { group: '', plural: 'namespaces', name } });
  } catch (error) {
    if (hasReason(error, 'NotFound')) throw error;
  }
}

/** The objects that a list target chooses, page by page. Throws StatusError. */
export async function listed(call: Call, target: ListTarget): Promise<Info[]> {
  const infos: Info[] = [];
  for (const page of await pagesOf(call, target)) {
    for (const item of listAt(page, 'items')) {
      // Items of typed lists say neither apiVersion nor kind; the list does.
      const object = asObject({ apiVersion: apiVersionOf(target.type), kind: target.type.kind, ...(isDict(item) ? item : {}) });
      infos.push({ type: target.type, namespace: object.metadata.namespace, name: object.metadata.name ?? '', source: '', object });
    }
  }
  return infos;
}

/** The answers to a list target's requests: lists, or tables if `accept` asks for them. Throws StatusError. */
export async function pagesOf(call: Call, target: ListTarget, accept?: string, extra: Readonly<Record<string, string | undefined>> = {}): Promise<unknown[]> {
  const client = await call.client();
  const { type, namespace, labelSelector, fieldSelector } = target;
  const limit = call.flags.has('chunk-size') ? call.flags.number('chunk-size') : 500;
  const pages: unknown[] = [];
  let token = '';
  do {
    const query = { labelSelector, fieldSelector, limit: limit > 0 ? limit : undefined, continue: token, ...extra };
    try {
      pages.push(client.get(pathOf(type, namespace), { accept, query, subject: type }));
    } catch (error) {
      throw aboutList(error, target);
    }
    token = textAt(pages.at(-1), 'metadata', 'continue');
  } while (token);
  return pages;
}

/** Says which list failed, as kubectl does for bad selectors and resources that are gone. */
function aboutList(error: unknown, { type, labelSelector, fieldSelector }: ListTarget): unknown {
  if (!(error instanceof StatusError) || !['BadRequest', 'NotFound'].includes(error.reason)) return error;
  const resource = JSON.stringify(`${type.group}/${type.version}, Resource=${type.plural}`);
  const how = labelSelector || fieldSelector ? `Unable to find ${resource} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}` : `Unable to list ${resource}`;
  return new StatusError({ ...error.status, message: `${how}: ${error.message}` });
}

/** `deployment.apps/web`, as messages and `-o name` show it. */
export function displayName(type: Pick<ResourceType, 'group' | 'kind'>, name: string): string {
  return `${type.kind.toLowerCase()}${type.group ? `.${type.group}` : ''}/${name}`;
}
