/** A level as its author writes it: data only. `schema.ts` is the same as a JSON Schema. */
import type { ParamSpec } from './params.ts';
import type { AddonName } from '../../cluster/node/control-plane/optional-addons.ts';

/** A node in short form, or a whole v1.Node manifest. */
export interface NodeSpec {
  name: string;
  role?: 'control-plane' | 'worker';
  cpu?: number | string;
  memory?: string;
  gpus?: number;
  /** A100 (default), H100, L4 or T4. */
  gpuModel?: string;
  zone?: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }[];
  runtime?: 'containerd' | 'cri-o';
  /** Of Kubernetes on this machine, `1.35.6`; the newest that is modelled unless given. */
  version?: string;
}

/** A group of equal machines: what each is like, and how many there may be. */
export interface NodeGroupInLevel extends Omit<NodeSpec, 'role'> { min: number; max: number; size?: number; /** From the order to a machine that boots. */ boot?: Duration }

/** Durations are texts: `500ms`, `30s`, `2m`, `1h`. */
export type Duration = string;

/** What is looked at, and a CEL condition on it. Exactly one of the subjects is given. */
export interface CheckSpec {
  /** `deployments/web`: `object` is it (null when missing). */
  get?: string;
  /** `pods`: `items` are all that match. */
  list?: string;
  namespace?: string;
  labels?: string;
  fields?: string;
  /** Whether an identity may do something: `allowed`. */
  can?: { as: string; groups?: string[]; verb: string; resource: string; name?: string; namespace?: string };
  /** One request from somewhere to somewhere: `outcome` is ok, refused, timeout, …; `status`, `body`. */
  probe?: { from?: string; to: string };
  /** A traffic source by name: `success` (0..1), `sent`, `failed`. */
  traffic?: string;
  /** A file on a node: `exists`, `text`, `mode` (octal text), `owner`. */
  file?: string;
  node?: string;
  /** A key's raw bytes in etcd: `exists`, `text`; asked on the node itself. */
  etcd?: string;
  /** A command matching this regular expression was run: for tutorials only. */
  ran?: string;
  /** What the player answered with `answer WORD`. */
  answer?: string;
  that?: string;
}

export interface ObjectiveSpec {
  id: string;
  text: string;
  points: number;
  check: CheckSpec;
  /** It must stay true so long without a break. */
  hold?: Duration;
  /** It holds when the player arrives and must still hold at the end; it can be lost on the way. */
  kept?: boolean;
  /** A command that shows where it stands. */
  look?: string;
  /** In an exam: which domain its points belong to. */
  domain?: string;
  /** In an exam: the task that it is part of. */
  task?: string;
}

export interface GuardSpec { id: string; text: string; check: CheckSpec; /** Points lost; the attempt fails unless given. */ cost?: number; after?: Duration }

export interface TrafficSpec { name: string; to: string; rps: number; from?: string }

interface EventSpec { at: Duration; surge?: { traffic: string; rps: number }; run?: string; say?: string }

/** A near miss, and the objective or guard that must be what catches it (any, when only the script is given). */
export type MistakeSpec = string | { run: string; caught?: string };

export interface LevelSpec {
  title: string;
  world?: string;
  difficulty: 1 | 2 | 3 | 4 | 5;
  minutes: number;
  teaches: string[];
  needs?: string[];
  cluster: { nodes: NodeSpec[]; /** Installed before the player arrives. */ addons?: AddonName[]; /** Machines that the cloud makes on demand, for cluster-autoscaler. */ nodeGroups?: NodeGroupInLevel[] };
  /** Manifests that exist before the player arrives. */
  setup?: string;
  /** Text files in the player's home, by their paths in it. */
  files?: Record<string, string>;
  /** More contexts in the player's kubeconfig, by name: the same user and cluster, another namespace. */
  contexts?: Record<string, ContextSpec>;
  /** Commands run as root before the player arrives: this is how things are broken. */
  prepare?: string;
  /** Virtual time that passes between `prepare` and the player's arrival. */
  settle?: Duration;
  traffic?: TrafficSpec[];
  events?: EventSpec[];
  briefing: string;
  objectives: ObjectiveSpec[];
  guards?: GuardSpec[];
  hints: { cost: number; text: string }[];
  /** Points that asking "why?" about an object costs; false where finding out is all there is to do. */
  why?: number | false;
  debrief: string;
  par?: { time?: Duration; commands?: number };
  solutions: string[];
  mistakes: MistakeSpec[];
  /** Values drawn for each play, for `<<name>>` anywhere in the level. */
  params?: Record<string, ParamSpec>;
  /** The level is an exam: tasks weighted by domain, no help, the wall's clock. */
  exam?: ExamSpec;
}

export interface ContextSpec { namespace?: string }

/** What is asked for, and the kubeconfig context in which. */
interface ExamTask { id: string; text: string; context?: string }

/** `domains` are weights in percent; each objective names its domain. `pass` is in percent. `outside`: the player's own tools may be used. */
export interface ExamSpec {
  pass: number;
  minutes: number;
  domains: Record<string, number>;
  outside?: boolean;
  /** Written below the briefing, in an order of each sitting's own. */
  tasks?: ExamTask[];
}

/** A level with its place in a pack. */
export interface Level extends LevelSpec {
  /** `02-workloads/03-scale-to-five` → `scale-to-five`. */
  id: string;
  world: string;
  /** Path within the pack, for messages. */
  file: string;
  /** What it is drawn from, when it has parameters. */
  template?: { data: unknown; worldOfFolder: string };
}

export interface WorldInfo { id: string; title: string; summary?: string }

/** A pack: a `pack.yaml` and a folder of levels for each world. */
export interface Pack {
  name: string;
  title: string;
  version: string;
  worlds: WorldInfo[];
  levels: Level[];
  /** SHA-256 over all its files: attempts name it, so that a score is of this very pack. */
  digest: string;
  /** Fingerprint of the key that signed it, when it was built with one. */
  signedBy?: string;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `90s`, `1m30s`. Throws an Error for anything else. */
export function durationMs(text: Duration): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error(`"${text}" is not a duration; write for example 500ms, 30s, 2m or 1h30m`);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) total += Number(amount) * UNITS[unit!]!;
  return total;
}
