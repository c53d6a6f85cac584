/** What a check can look at: each subject names its CEL variables, reads them from the world, and says where to look. */
import type { KubeObject } from '../../cluster/api/types.ts';
import type { Words } from '../../language/words.ts';
import type { CheckSpec } from '../pack/level.ts';

/** The outcome of one request through the cluster's network. */
export interface ProbeResult { outcome: 'ok' | 'refused' | 'timeout' | 'no such host' | 'unreachable' | 'tls'; status: number; body: string }

/** What a traffic source has seen so far. */
export interface TrafficResult { sent: number; failed: number; success: number }

/** The world as checks see it; given by the mission. All of it is read-only. */
export interface CheckWorld {
  /** `managedFields` as well only when asked for: to work out who owns what takes time. */
  get(resource: string, name: string, namespace: string, wanted?: { managedFields: boolean }): KubeObject | undefined;
  /** Of several resources too, as kubectl takes them: `pods,services`. */
  list(resources: string, namespace: string, labels: string, fields: string): readonly KubeObject[];
  can(question: NonNullable<CheckSpec['can']>): boolean;
  probe(from: string | undefined, to: string): ProbeResult;
  traffic(name: string): TrafficResult;
  file(node: string, path: string): { exists: boolean; text: string; mode: string; owner: string };
  etcd(key: string): { exists: boolean; text: string };
  ran(pattern: string): boolean;
  answers(): readonly string[];
}

interface Subject {
  variables: readonly string[];
  read(check: CheckSpec, world: CheckWorld): Record<string, unknown>;
  /** Without `that`, what must be so. */
  usual: string;
  look(check: CheckSpec, words: Words['checks']): string;
  /** What the check is about, for messages. */
  name(check: CheckSpec, words: Words['checks']): string;
  /** Said instead of what the check compares, where that would give the answer away. */
  unmet?(values: Record<string, unknown>, words: Words['checks']): string;
}

const inNamespace = (check: CheckSpec): string => (check.namespace ? ` -n ${check.namespace}` : '');

const SUBJECTS: Readonly<Record<string, Subject>> = {
  get: {
    variables: ['object'],
    read: (check, world) => {
      const [resource = '', name = ''] = check.get!.split('/');
      return { object: world.get(resource, name, check.namespace ?? 'default', { managedFields: check.that?.includes('managedFields') ?? false }) ?? null };
    },
    usual: 'object != null',
    look: (check) => `kubectl get ${check.get!.replace('/', ' ')}${inNamespace(check)}`,
    name: (check) => check.get!,
  },
  list: {
    variables: ['items'],
    read: (check, world) => ({ items: world.list(check.list!, check.namespace ?? '', check.labels ?? '', check.fields ?? '') }),
    usual: 'size(items) > 0',
    look: (check) => `kubectl get ${check.list}${check.namespace ? ` -n ${check.namespace}` : ''}${check.labels ? ` -l ${check.labels}` : ''}`,
    name: (check) => check.list!,
  },
  can: {
    variables: ['allowed'],
    read: (check, world) => ({ allowed: world.can(check.can!) }),
    usual: 'allowed',
    look: ({ can }) => `kubectl auth can-i ${can!.verb} ${can!.resource} --as=${can!.as}${can!.namespace ? ` -n ${can!.namespace}` : ''}`,
    name: ({ can }, words) => words.may(can!.as, `${can!.verb} ${can!.resource}`),
  },
  probe: {
    variables: ['outcome', 'status', 'body'],
    read: (check, world) => ({ ...world.probe(check.probe!.from, check.probe!.to) }),
    usual: 'outcome == "ok" && status < 400',
    look: ({ probe }) => `curl ${probe!.to}`,
    name: ({ probe }) => probe!.to,
  },
  traffic: {
    variables: ['sent', 'failed', 'success'],
    read: (check, world) => ({ ...world.traffic(check.traffic!) }),
    usual: 'success >= 0.99',
    look: () => 'kubectl get pods,endpointslices',
    name: (check) => check.traffic!,
  },
  file: {
    variables: ['exists', 'text', 'mode', 'owner'],
    read: (check, world) => ({ ...world.file(check.node!, check.file!) }),
    usual: 'exists',
    look: (check) => `ssh ${check.node} ls -l ${check.file}`,
    name: (check) => check.file!,
  },
  etcd: {
    variables: ['exists', 'text'],
    read: (check, world) => ({ ...world.etcd(check.etcd!) }),
    usual: 'exists',
    look: (check) => `etcdctl get ${check.etcd} | head -c 64`,
    name: (check) => check.etcd!,
  },
  ran: {
    variables: ['ran'],
    read: (check, world) => ({ ran: world.ran(check.ran!) }),
    usual: 'ran',
    look: (_, words) => words.briefing,
    name: (check) => check.ran!,
    unmet: (_, words) => words.noCommand,
  },
  answer: {
    variables: ['answers', 'answered'],
    read: (check, world) => ({ answers: world.answers(), answered: world.answers().at(-1) === check.answer }),
    usual: 'answered',
    look: () => 'answer WORD',
    name: (_, words) => words.answer,
    unmet: ({ answers }, words) => {
      const last = Array.isArray(answers) ? (answers.at(-1) as unknown) : undefined;
      return last === undefined ? words.noAnswer : words.wrongAnswer(String(last));
    },
  },
};

/** The subject that a check names. */
export function subjectOf(check: CheckSpec): Subject {
  for (const [key, subject] of Object.entries(SUBJECTS)) if (Reflect.get(check, key) !== undefined) return subject;
  throw new Error('a check without a subject passed the schema');
}

/** CEL variables that a check's condition may use: its subject's, and `before`, the same subject as the player found it. */
export function checkVariables(check: CheckSpec): string[] {
  return [...subjectOf(check).variables, 'before'];
}
