/** /openapi/v2 and /openapi/v3: what clients read to explain fields and to know which parameters a server takes. */
import { groupVersion, type Kind } from '../../api/kind.ts';
import { sha256 } from '../../pki/key.ts';
import { type Part, Schemas } from './types.ts';

const INFO = { title: 'Kubernetes', version: 'v1.36.2' };
const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];
const WRITE_PARAMETERS: readonly [name: string, type: string, description: string][] = [
  ['dryRun', 'string', 'All: nothing is kept.'], ['fieldManager', 'string', 'Who the written fields belong to.'], ['fieldValidation', 'string', 'What to do about unknown and double fields: Ignore, Warn or Strict.'],
];

/** The document at a path below /openapi; undefined if there is none. */
export function openApi(path: string, kinds: readonly Kind[]): object | undefined {
  if (path === '/openapi/v2') return documentV2(kinds);
  if (path === '/openapi/v3') return indexV3(kinds);
  const root = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : '';
  const own = kinds.filter((kind) => rootOf(kind) === root);
  return own.length > 0 ? documentV3(own) : undefined;
}

function indexV3(kinds: readonly Kind[]): object {
  const roots = new Map<string, Kind[]>();
  for (const kind of kinds) roots.set(rootOf(kind), [...(roots.get(rootOf(kind)) ?? []), kind]);
  const hashOf = (own: readonly Kind[]) => sha256(JSON.stringify(own.map(({ kind, schema }) => [kind, schema]))).toUpperCase();
  return { paths: Object.fromEntries([...roots].sort(([a], [b]) => (a < b ? -1 : 1)).map(([root, own]) => [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hashOf(own)}` }])) };
}

function documentV3(kinds: readonly Kind[]): object {
  const schemas = new Schemas('#/components/schemas/');
  const parameter = ([name, type, description]: (typeof WRITE_PARAMETERS)[number]) => ({ name, in: 'query', description, schema: { type, uniqueItems: true } });
  const paths = pathsOf(kinds, {
    parameters: (own) => own.map(parameter),
    path: (name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }),
    body: (schema, types) => ({ requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true } }),
    answer: (schema) => ({ description: 'OK', content: { 'application/json': { schema } } }),
  }, schemas);
  return { openapi: '3.0.0', info: INFO, paths, components: { schemas: schemas.found } };
}

function documentV2(kinds: readonly Kind[]): object {
  const schemas = new Schemas('#/definitions/');
  const paths = pathsOf(kinds, {
    parameters: (own) => own.map(([name, type, description]) => ({ name, in: 'query', description, type, uniqueItems: true })),
    path: (name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true }),
    body: (schema, types) => ({ consumes: types, body: { in: 'body', name: 'body', required: true, schema } }),
    answer: (schema) => ({ description: 'OK', schema }),
  }, schemas);
  return { swagger: '2.0', info: INFO, paths, definitions: schemas.found };
}

/** How a version of OpenAPI writes the parts of an operation. */
interface Notation {
  parameters(own: typeof WRITE_PARAMETERS): readonly Part[];
  path(name: string): Part;
  body(schema: Part, types: readonly string[]): Part & { body?: Part };
  answer(schema: Part): Part;
}

function pathsOf(kinds: readonly Kind[], notation: Notation, schemas: Schemas): Record<string, Part> {
  const paths: Record<string, Part> = {};
  for (const kind of kinds) {
    const base = `/${rootOf(kind)}/`;
    const scope = kind.namespaced ? `${base}namespaces/{namespace}/` : base;
    const names = kind.namespaced ? ['namespace'] : [];
    const collection = `${scope}${kind.plural}`;
    const can = (verb: string) => !kind.verbs || kind.verbs.includes(verb);
    const operations = (wanted: readonly [method: string, verb: string, action: string][]) => Object.fromEntries(wanted.filter(([, verb]) => can(verb)).map(([method, verb, action]) => [method, operation(kind, verb, action, notation, schemas)]));
    if (kind.namespaced && can('list')) paths[`${base}${kind.plural}`] = operations([['get', 'list', 'list']]);
    paths[collection] = { ...operations([['get', 'list', 'list'], ['post', 'create', 'post'], ['delete', 'deletecollection', 'deletecollection']]), parameters: names.map(notation.path) };
    const single = operations([['get', 'get', 'get'], ['put', 'update', 'put'], ['patch', 'patch', 'patch'], ['delete', 'delete', 'delete']]);
    if (Object.keys(single).length > 0) paths[`${collection}/{name}`] = { ...single, parameters: [...names, 'name'].map(notation.path) };
  }
  return paths;
}

function operation(kind: Kind, verb: string, action: string, notation: Notation, schemas: Schemas): Part {
  const { group, version } = kind;
  const own = schemas.kind(kind);
  const isWrite = verb === 'create' || verb === 'update' || verb === 'patch';
  const { body, ...request }: Part & { body?: Part } = isWrite ? notation.body(own, verb === 'patch' ? PATCH_TYPES.filter((type) => !kind.schema || !type.includes('strategic')) : ['application/json', 'application/yaml']) : {};
  const parameters = [...(body ? [body] : []), ...(isWrite ? notation.parameters(verb === 'patch' ? [...WRITE_PARAMETERS, ['force', 'boolean', 'Whether to take fields over from other managers.']] : WRITE_PARAMETERS) : [])];
  return {
    operationId: `${verb}${groupVersion(kind).replace(/(^|[./])(\w)/g, (_all, _dot, letter: string) => letter.toUpperCase())}${kind.kind}`, parameters, ...request,
    responses: { 200: notation.answer(verb === 'list' ? schemas.list(kind) : own) },
    'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group, kind: kind.kind, version },
  };
}

function rootOf({ group, version }: Kind): string { return group ? `apis/${group}/${version}` : `api/${version}`; }
