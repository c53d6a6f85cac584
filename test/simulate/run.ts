/** One simulated life of a cluster: its steps, its mishaps, its rest; what was wrong on the way. */
import { Cluster, WORLD_START_MS } from '../../src/cluster/cluster.ts';
import type { KubeObject } from '../../src/cluster/api/types.ts';
import { parseManifests, applyManifests } from '../../src/engine/manifests.ts';
import { nodeGroupsOf, nodesOf } from '../../src/engine/nodes.ts';
import { PlayerShell } from '../../src/shell/player-shell.ts';
import type { Lateness } from '../../src/time/clock.ts';
import { Random } from '../../src/time/random.ts';
import { randomGroups, randomNodes } from './clusters.ts';
import { Ledger } from './ledger.ts';
import { LostAnswers } from './lost-answers.ts';
import { mishap, Registries, SlowDisks } from './mishaps.ts';
import { LOOKS, mending, randomMood, randomStep, SLIPS } from './grammar.ts';
import { History, type Violation } from './history.ts';
import { allValid, listsAgree, watchesAgree } from './rules/api.ts';
import { LIVE_RULES } from './rules/live.ts';
import { atRest, unrest } from './rules/rest.ts';
import { GROUNDWORK } from './workloads.ts';

const COMMAND_LIMIT_MS = 900_000;
const TO_REST_MS = 240_000;
const TO_LATE_REST_MS = 1_000_000; // what has failed again and again is tried again by then (client-go: the longest back-off)
const REST_MS = 150_000;

export interface Life { violations: Violation[]; digest: string; changes: number; virtualMs: number; /** What clients were told of their writes. */ acknowledged: number; refused: number }

/** The steps that a seed stands for. */
export function stepsOf(seed: number, count: number): string[] {
  const random = new Random(`simulate ${seed}`);
  const nodes = [...randomNodes(random.fork('nodes')), ...randomGroups(random.fork('groups')).map(({ name }) => ({ name: `${name}-1` }))];
  const steps = random.fork('steps');
  const mood = randomMood(steps);
  return Array.from({ length: count }, () => randomStep(steps, nodes, mood));
}

/** Timers fire a little late, and now and then a watch is slow. */
function lateness(random: Random): Lateness {
  const slow = random.pick([0, 0, 100, 2000]);
  return (what, delayMs) => {
    if (delayMs > 0) return random.int(20);
    return slow > 0 && what === 'watch' && random.int(8) === 0 ? random.int(slow) : 0;
  };
}

/** Lives through the steps in the cluster of a seed. Throws what the model throws. */
export async function live(seed: number, steps: readonly string[], hear: (text: string) => void = () => undefined): Promise<Life> {
  const nodes = randomNodes(new Random(`simulate ${seed}`).fork('nodes'));
  const chance = (name: string) => new Random(`simulate ${seed}`).fork(name);
  const groups = randomGroups(chance('groups'));
  const nowMs = () => cluster.world.clock.now();
  const disks: SlowDisks = new SlowDisks(nowMs, lateness(chance('late')));
  const registries = new Registries(nowMs);
  const answers = new LostAnswers(nowMs, chance('answers'));
  const storage = chance('storage').pick(['local-path-provisioner', 'disk-csi-driver'] as const);
  const cluster: Cluster = new Cluster({ seed, nodes: nodesOf(nodes), nodeGroups: nodeGroupsOf(groups), addons: ['metrics-server', storage], images: registries.images(), onRequest: answers.onRequest, lateMs: disks.lateMs, shuffle: chance('order') });
  await cluster.boot();
  await cluster.world.advance(15_000);
  await applyManifests(cluster.adminTransport(), parseManifests(GROUNDWORK.map((object) => JSON.stringify(object)).join('\n---\n')), (ms) => cluster.world.advance(ms));
  let said = '';
  const shell = new PlayerShell(cluster, { write: (_, text) => { said += text; hear(text); }, edit: async () => undefined, answer: () => undefined, isTerminal: false }, cluster.adminKubeconfig());
  const history = new History(cluster, LIVE_RULES);
  const ledger = new Ledger(cluster);
  const run = async (line: string) => {
    hear(`$ ${line}\n`);
    said = '';
    if (line.startsWith('! ')) return mishap(line, { cluster, disks, answers, registries });
    if (!await shell.runToEnd(line, COMMAND_LIMIT_MS)) history.violations.push({ rule: 'commands end', what: line });
    const slip = said.split('\n').find((text) => SLIPS.test(text));
    if (slip) history.violations.push({ rule: 'programs speak Kubernetes', what: `${line}: ${slip}` });
  };
  const live = async (lines: readonly string[]) => {
    for (const line of lines) {
      ledger.write();
      await run(line);
    }
  };
  await live(steps);
  await live(mending([...cluster.machines.keys()]));
  await cluster.world.advance(TO_REST_MS);
  if (atRest(history, cluster).length > 0) await cluster.world.advance(TO_LATE_REST_MS);
  const violations = () => [...history.violations, ...ledger.violations(history), ...atRest(history, cluster), ...allValid(history, cluster), ...listsAgree(history, cluster)];
  for (const look of LOOKS) await run(look);
  const rested = history.changes.length;
  await cluster.world.advance(REST_MS);
  const found = [...violations(), ...unrest(history, rested)];
  if (found.length === 0) {
    // What is computed anew from etcd is what there is.
    for (const component of ['kube-controller-manager', 'kube-scheduler', 'kube-apiserver']) for (const { name, role } of nodes) if (role === 'control-plane') await run(`ssh ${name} 'crictl stop $(crictl ps -q --name ${component})'`);
    await cluster.world.advance(REST_MS);
    found.push(...unrest(history, rested, isOfControlPlane).map(({ what }) => ({ rule: 'a restart changes nothing', what })));
    found.push(...await watchesAgree(history, cluster, history.changes.at(-Math.min(history.changes.length, 300))!.revision));
  }
  return { violations: found, digest: history.digest, changes: history.changes.length, virtualMs: cluster.world.clock.now() - WORLD_START_MS, ...ledger.counts };
}

const isOfControlPlane = (object: KubeObject) => object.metadata.namespace === 'kube-system';
