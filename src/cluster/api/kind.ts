/** What a kind is to the generic registry: data and a few pure functions. A further kind is one file. */
import type { FeatureGates } from './feature-gates.ts';
import type { FieldError } from './field-error.ts';
import type { KubeObject } from './types.ts';

/** What a table cell may look at besides the object. */
export interface CellContext {
  /** Virtual milliseconds since the epoch, for ages. */
  nowMs: number;
}

/** A column of the server's Table, in the words of the printers of `kubectl get`. */
export interface Column<T extends KubeObject> {
  /** As in the Table's columnDefinitions, e.g. `Ready`; kubectl shows it in upper case. */
  name: string;
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: 'name';
  /** 0: always; 1: only with -o wide. */
  priority?: 0 | 1;
  /** null: nothing there, which kubectl shows as `<none>`. */
  cell: (object: T, context: CellContext) => string | number | boolean | null;
}

/** Paths behind a `scale` subresource. */
interface ScalePaths { specReplicas: string; statusReplicas: string; selector: string }

/** Everything the registry needs to know about one kind. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories?: readonly string[];
  namespaced: boolean;
  /** Verbs served; all eight unless given. */
  verbs?: readonly string[];
  /** Whether `status` is a subresource (then writes to the main resource cannot change it, nor the reverse). */
  hasStatus?: boolean;
  scale?: ScalePaths;
  /** Other subresources served by their own handlers (log, exec, binding, eviction, token, …), with the kind they take. */
  subresources?: Readonly<Record<string, { kind: string; group?: string; version?: string; verbs: readonly string[]; /** What is wrong with a change of the object through it. */ validate?(object: T, old: T): FieldError[] }>>;
  /** Name of the type in schema.json; the kind's own name unless given. */
  type?: string;
  /** A body of a kind that is not in schema.json: what is left of it, and the paths that nobody knows. */
  shape?: (body: Record<string, unknown>) => { value: Record<string, unknown>; unknown: string[] };
  /** Its OpenAPI schema, for `explain`. */
  schema?: object;
  /** How names are checked: most are DNS subdomains. */
  nameRule?: 'dnsSubdomain' | 'dnsLabel' | 'dns1035Label' | 'pathSegment';
  /** Where etcd keeps it: `/registry/<etcdPrefix>/…`; `<plural>` (with the group for some) unless given. */
  etcdPrefix?: string;
  /** Fields that `--field-selector` knows besides metadata.name and metadata.namespace. */
  fields?: Readonly<Record<string, (object: T) => string>>;
  /** Whether a change of spec raises metadata.generation (true unless said otherwise, for kinds with a spec). */
  hasGeneration?: boolean;
  /** Returns the object with defaults filled in. Must not change its argument. */
  defaults?: (object: T) => T;
  /** Fields that only the server may set are reset here, before validation, and fields whose gate is closed dropped; `old` on updates. */
  prepare?: (object: T, old: T | undefined, gates: FeatureGates) => T;
  /** All that is wrong with the object; on updates also against `old`. */
  validate?: (object: T, old: T | undefined, gates: FeatureGates) => FieldError[];
  /** Warnings that the server sends along (kubectl prints `Warning: …`). */
  warnings?: (object: T, old: T | undefined) => string[];
  columns?: readonly Column<T>[];
  /** Further versions in which it is served. */
  otherVersions?: readonly Kind[];
  /** Of a further version: how it becomes what is stored, and comes from it. */
  conversion?: { toStored(object: KubeObject): KubeObject; fromStored(object: KubeObject): KubeObject };
  /** Seconds that a plain delete waits for (Pods: terminationGracePeriodSeconds); none: gone at once unless finalizers hold it. */
  gracePeriodSeconds?: (object: T) => number;
}

/** The identity of a kind's resource: `deployments.apps`. */
export function groupResource(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
}

/** `v1` or `apps/v1`. */
export function groupVersion(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group ? `${kind.group}/${kind.version}` : kind.version;
}
