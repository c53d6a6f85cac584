/** kubectl auth reconcile: Roles and bindings made to grant at least, or exactly, what a file says. */
import type { Call, Verb } from '../command.ts';
import { forEachCollecting, KubectlError } from '../errors.ts';
import { type ApiObject, at, type Dict, isDict, isEqual, listAt, pairsAt, textAt } from '../objects.ts';
import { resultPrinter } from '../printers/printer.ts';
import { createObject, deleteObject, replaceObject } from '../requests.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { liveObject } from '../apply/client-side.ts';

type Operation = 'create' | 'update' | 'recreate';
/** What must be done to an object, and why: what it lacks, and what it has beyond the file. */
interface Outcome { object: ApiObject; operation?: Operation; missing: readonly Dict[]; extra: readonly Dict[] }

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export const reconcile: Verb = {
  path: 'auth reconcile', about: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  help: 'Creates Roles, ClusterRoles and their bindings that are missing, and adds to those there are what the file grants beyond them.\nWhat they grant beyond the file is taken away only with --remove-extra-permissions and --remove-extra-subjects. Other objects of the file are passed over.',
  examples: [['# Add what is missing', 'kubectl auth reconcile -f roles.yaml'], ['# Grant exactly what the file says', 'kubectl auth reconcile -f roles.yaml --remove-extra-permissions --remove-extra-subjects']],
  async run(call) {
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    if (call.args.length > 0) throw new KubectlError('no arguments are allowed');
    if (call.dryRun() === 'server') throw new KubectlError('--dry-run=server for command reconcile is not supported yet');
    const { targets, errors } = await targetsOf(call, { args: [] });
    const print = await resultPrinter(call, 'reconciled');
    await forEachCollecting(targets, async (target) => {
      if (target.what !== 'object' || !target.manifest || target.type.group !== 'rbac.authorization.k8s.io') return;
      const outcome = reconciled(call, target.manifest, await liveObject(call, target));
      const isProtected = outcome.operation !== 'create' && pairsAt(outcome.object, 'metadata', 'annotations')[AUTOUPDATE] === 'false';
      if (outcome.operation && !isProtected && call.dryRun() === 'none') await write(call, target, outcome);
      print(outcome.object);
      if (!call.flags.string('output')) explain(call, target, outcome, isProtected);
    }, errors);
  },
};

const fieldOf = ({ kind }: ApiObject): 'rules' | 'subjects' => (kind.endsWith('Binding') ? 'subjects' : 'rules');

function reconciled({ flags }: Call, wanted: ApiObject, found: ApiObject | undefined): Outcome {
  const field = fieldOf(wanted);
  const dicts = (object: ApiObject | undefined) => listAt(object, field).filter(isDict);
  if (!found) return { object: wanted, operation: 'create', missing: dicts(wanted), extra: [] };
  if (field === 'subjects' && !isEqual(wanted.roleRef, found.roleRef)) return { object: wanted, operation: 'recreate', missing: dicts(wanted), extra: [] };
  const lacking = field === 'rules' ? notCovered : notListed;
  const [missing, extra] = [lacking(dicts(found), dicts(wanted)), lacking(dicts(wanted), dicts(found))];
  const removes = flags.bool(field === 'rules' ? 'remove-extra-permissions' : 'remove-extra-subjects');
  const items = removes ? (missing.length + extra.length > 0 ? dicts(wanted) : dicts(found)) : [...dicts(found), ...missing];
  const metadata = { ...found.metadata, ...joined('labels', wanted, found), ...joined('annotations', wanted, found) };
  const object = { ...found, metadata, [field]: items };
  return { object, missing, extra, ...(isEqual({ ...found, [field]: dicts(found) }, object) ? {} : { operation: 'update' as const }) };
}

/** Labels or annotations of both; what is there stays as it is. */
function joined(field: 'labels' | 'annotations', wanted: ApiObject, found: ApiObject): Dict {
  const all = { ...pairsAt(wanted, 'metadata', field), ...pairsAt(found, 'metadata', field) };
  return Object.keys(all).length > 0 ? { [field]: all } : {};
}

/** The subjects of `theirs` that `ours` does not list. */
function notListed(ours: readonly Dict[], theirs: readonly Dict[]): Dict[] {
  const key = (subject: Dict) => ['kind', 'apiGroup', 'namespace', 'name'].map((part) => textAt(subject, part)).join('/');
  const listed = new Set(ours.map(key));
  return theirs.filter((subject) => !listed.has(key(subject)));
}

/** The permissions of `theirs`, one by one, that no rule of `ours` gives. */
function notCovered(ours: readonly Dict[], theirs: readonly Dict[]): Dict[] {
  return theirs.flatMap(singles).filter((single) => !ours.some((rule) => covers(rule, single)));
}

function singles(rule: Dict): Dict[] {
  const each = (field: string) => listAt(rule, field).map(String);
  const names: (string | undefined)[] = each('resourceNames').length > 0 ? each('resourceNames') : [undefined];
  return [
    ...each('apiGroups').flatMap((group) => each('resources').flatMap((resource) => each('verbs').flatMap((verb) => names.map((name): Dict => ({ verbs: [verb], apiGroups: [group], resources: [resource], ...(name === undefined ? {} : { resourceNames: [name] }) }))))),
    ...each('nonResourceURLs').flatMap((url) => each('verbs').map((verb): Dict => ({ verbs: [verb], nonResourceURLs: [url] }))),
  ];
}

function covers(rule: Dict, single: Dict): boolean {
  const has = (field: string, fits: (given: string, wanted: string) => boolean = () => false) => {
    const [wanted] = listAt(single, field).map(String);
    return wanted === undefined || listAt(rule, field).map(String).some((given) => given === '*' || given === wanted || fits(given, wanted));
  };
  const isAnyName = listAt(rule, 'resourceNames').length === 0;
  const isNamed = at(single, 'resourceNames') !== undefined;
  return has('verbs') && has('apiGroups') && has('resources', (given, wanted) => given.startsWith('*/') && wanted.endsWith(given.slice(1)))
    && has('nonResourceURLs', (given, wanted) => given.endsWith('*') && wanted.startsWith(given.slice(0, -1))) && (isAnyName || (isNamed && has('resourceNames')));
}

async function write(call: Call, target: ObjectTarget, { object, operation }: Outcome): Promise<void> {
  if (operation === 'update') await replaceObject(call, target, object);
  if (operation === 'recreate') await deleteObject(call, target, { propagationPolicy: 'Background' });
  if (operation !== 'update') await createObject(call, target, object);
}

function explain(call: Call, { manifest }: ObjectTarget, { operation, missing, extra }: Outcome, isProtected: boolean): void {
  if (!operation || !manifest) return;
  const field = fieldOf(manifest);
  call.err(`\treconciliation required ${operation}${isProtected ? `, but object opted out (${AUTOUPDATE}: false)` : ''}\n`);
  const list = (title: string, items: readonly Dict[]) => { if (items.length > 0) call.err(`\t${field === 'rules' ? title.replace('subjects', 'rules') : title}:\n${items.map((item) => `\t\t${field === 'rules' ? ruleText(item) : subjectText(item)}\n`).join('')}`); };
  list('missing subjects added', missing);
  if (call.flags.bool(field === 'rules' ? 'remove-extra-permissions' : 'remove-extra-subjects')) list('extra subjects removed', extra);
}

const ruleText = (rule: Dict) => `{${[['Verbs', 'verbs'], ['APIGroups', 'apiGroups'], ['Resources', 'resources'], ['ResourceNames', 'resourceNames'], ['NonResourceURLs', 'nonResourceURLs']].map(([name, field]) => `${name}:[${listAt(rule, field!).map(String).join(' ')}]`).join(' ')}}`;
const subjectText = (subject: Dict) => `{${[['Kind', 'kind'], ['APIGroup', 'apiGroup'], ['Name', 'name'], ['Namespace', 'namespace']].map(([name, field]) => `${name}:${textAt(subject, field!)}`).join(' ')}}`;
