/** `pack import`: a broken and a fixed state become a draft level, with its checks proposed from the difference. */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { allKinds, kindNamed } from '../../../cluster/api/kinds/index.ts';
import { groupResource } from '../../../cluster/api/kind.ts';
import type { KubeObject } from '../../../cluster/api/types.ts';
import { parseManifests } from '../../manifests.ts';
import type { CheckSpec, ObjectiveSpec } from '../level.ts';

export interface DraftOptions { id: string; title: string }

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet']);
const READY: Readonly<Record<string, string>> = { DaemonSet: 'object.status.numberReady == object.status.desiredNumberScheduled' };

/** The level as YAML. `broken` and `fixed` are manifests. Throws ManifestError, or an Error when nothing differs. */
export function draftLevel(broken: string, fixed: string, { id, title }: DraftOptions): string {
  const before = parseManifests(broken);
  const after = parseManifests(fixed);
  const changed = after.filter((object) => !before.some((other) => isSame(object, other) && isDeepStrictEqual(object, other)));
  const removed = before.filter((object) => !after.some((other) => isSame(object, other)));
  if (changed.length + removed.length === 0) throw new Error('broken/ and fixed/ hold the same objects: there is nothing to mend');
  const objectives = objectivesOf(before, changed, removed);
  const solution = [
    ...(changed.length > 0 ? [`kubectl apply -f - <<'EOF'\n${changed.map((object) => stringify(object).trim()).join('\n---\n')}\nEOF`] : []),
    ...removed.map((object) => `kubectl delete ${resourceOf(object)} ${object.metadata.name}${flag(object)}`),
  ].join('\n');
  const first = changed[0] ?? removed[0]!;
  const level = {
    title, difficulty: 2, minutes: 5, teaches: [first.kind.toLowerCase()],
    cluster: { nodes: [{ name: 'control-plane', role: 'control-plane' }, { name: 'worker-1', cpu: 4, memory: '8Gi' }, { name: 'worker-2', cpu: 4, memory: '8Gi' }] },
    setup: `${before.map((object) => stringify(object).trim()).join('\n---\n')}\n`,
    settle: '30s',
    briefing: `TODO: the story, and what should be so in the end. Never the command.\n`,
    objectives,
    hints: [{ cost: 5, text: `See where it stands: \`kubectl get ${resourceOf(first)}${flag(first)}\`` }, { cost: 15, text: 'TODO: what it means.' }, { cost: 30, text: 'TODO: what to type.' }],
    debrief: 'TODO: which component did what, in order.\n',
    solutions: [`${solution}\n`],
    mistakes: changed.length > 0 ? changed.map((object) => `kubectl delete ${resourceOf(object)} ${object.metadata.name}${flag(object)} --ignore-not-found --wait=false`) : ['kubectl get all'],
  };
  return `# yaml-language-server: $schema=../.kube-quest/level.json\n# A draft of ${id}, made from a broken and a fixed state: write its texts, add near misses, and run \`kube-quest pack test\`.\n${stringify(level, { lineWidth: 0 })}`;
}

function objectivesOf(before: readonly KubeObject[], changed: readonly KubeObject[], removed: readonly KubeObject[]): ObjectiveSpec[] {
  const goals = [
    ...changed.flatMap((object) => {
      const old = before.find((other) => isSame(object, other));
      const conditions = old ? differences(old, object, 'object') : [];
      return [
        ...(conditions.length > 0 || !old ? [{ text: `${object.kind} ${object.metadata.name} is as it should be`, check: checkOf(object, conditions.join(' && ') || 'object != null'), hold: undefined }] : []),
        ...(WORKLOADS.has(object.kind) ? [{ text: `The Pods of ${object.metadata.name} are ready`, check: checkOf(object, READY[object.kind] ?? 'object.status.readyReplicas == object.spec.replicas'), hold: '10s' }] : []),
      ];
    }),
    ...removed.map((object) => ({ text: `${object.kind} ${object.metadata.name} is gone`, check: checkOf(object, 'object == null'), hold: undefined })),
  ];
  const points = Math.max(1, Math.floor(100 / goals.length));
  return goals.map(({ text, check, hold }, i) => ({ id: `goal-${i + 1}`, text, points, check, ...(hold ? { hold } : {}) }));
}

function checkOf(object: KubeObject, that: string): CheckSpec {
  return { get: `${resourceOf(object)}/${object.metadata.name}`, ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}), that };
}

/** CEL clauses that hold of `fixed` and not of `broken`. Items of lists are found by their name, never by their place. */
function differences(broken: unknown, fixed: unknown, path: string): string[] {
  if (isDeepStrictEqual(broken, fixed)) return [];
  if (Array.isArray(fixed)) {
    return fixed.flatMap((item: unknown) => {
      const old = Array.isArray(broken) ? broken.find((other: unknown) => nameOf(other) !== undefined && nameOf(other) === nameOf(item)) as unknown : undefined;
      if (old !== undefined && isDeepStrictEqual(old, item)) return [];
      if (nameOf(item) === undefined) return Array.isArray(broken) && broken.some((other) => isDeepStrictEqual(other, item)) ? [] : [`${path}.exists(item, ${isDict(item) ? differences({}, item, 'item').join(' && ') : `item == ${literal(item)}`})`];
      return [`${path}.exists(item, ${[`item.name == ${literal(nameOf(item))}`, ...differences(old ?? { name: nameOf(item) }, item, 'item')].join(' && ')})`];
    });
  }
  if (!isDict(fixed)) return [`${path} == ${literal(fixed)}`];
  const old = isDict(broken) ? broken : {};
  const gone = Object.keys(old).filter((key) => !(key in fixed)).map((key) => `!(${literal(key)} in ${path})`);
  return [...Object.entries(fixed).flatMap(([key, value]) => differences(old[key], value, step(path, key))), ...gone];
}

function step(path: string, key: string): string { return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${literal(key)}]`; }
function literal(value: unknown): string { return JSON.stringify(value); }
function isDict(value: unknown): value is Record<string, unknown> { return typeof value === 'object' && value !== null && !Array.isArray(value); }
function nameOf(item: unknown): unknown { return isDict(item) ? item.name : undefined; }

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.kind === b.kind && a.apiVersion === b.apiVersion && a.metadata.name === b.metadata.name && (a.metadata.namespace ?? 'default') === (b.metadata.namespace ?? 'default');
}

function resourceOf(object: KubeObject): string {
  const kind = kindNamed(object.apiVersion, object.kind);
  if (!kind) return object.kind.toLowerCase();
  return allKinds.some((other) => other !== kind && other.plural === kind.plural) ? groupResource(kind) : kind.plural;
}

function flag(object: KubeObject): string { return object.metadata.namespace ? ` -n ${object.metadata.namespace}` : ''; }
