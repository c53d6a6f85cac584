/** A WhyWorld over a cluster: looking changes nothing and is not seen. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { Kind } from '../../cluster/api/kind.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Storage } from '../../cluster/apiserver/storage.ts';
import type { Machine } from '../../cluster/node/machine.ts';
import { find, resourceWord } from '../lens/owners.ts';
import type { ComponentFacts, MachineFacts, UnitFacts, WhyWorld } from './world.ts';

/** How far back a unit's words may lie. */
const WORDS_MS = 120_000;
const UNTELLING = /^(Started|Starting|Stopped|Stopping|\S+\.service: (Main process exited|Failed with|Scheduled restart|Deactivated))|"Started kubelet"/;

export function whyWorld(cluster: Cluster, { reasons }: Pick<Words, 'reasons'> = english): WhyWorld {
  const server = cluster.apiServer;
  const storage = server?.isReady ? server.storage : undefined;
  const nowMs = cluster.world.clock.now();
  return {
    words: reasons, nowMs, isServed: storage !== undefined,
    get: (ref) => storage && find(storage, ref),
    list: (resource, namespace) => {
      const kind = storage && kindOf(storage, resource);
      return kind && storage.resource(kind).unreadable.size === 0 ? storage.list(kind, kind.namespaced ? namespace : undefined) : [];
    },
    attempt: ({ metadata: { namespace, name } }) => cluster.attempts.get(`${namespace}/${name}`),
    lastWords: (pod, name) => {
      const containers = cluster.machines.get(pod.spec.nodeName ?? '')?.runtime.containers().filter((each) => each.sandbox.config.uid === pod.metadata.uid && each.config.name === name) ?? [];
      const ended = containers.filter(({ state }) => state === 'Exited').at(-1) ?? containers.at(-1);
      return ended?.log.lines.findLast(({ text }) => text.trim() !== '')?.text;
    },
    machine: (name) => { const machine = cluster.machines.get(name); return machine && machineFacts(cluster, machine, nowMs); },
    component: (name) => componentFacts(cluster, name),
  };
}

function kindOf(storage: Storage, resource: string): Kind | undefined {
  return storage.kinds().find((kind) => resourceWord(kind.group ? `${kind.group}/${kind.version}` : kind.version, kind.kind) === resource);
}

function machineFacts(cluster: Cluster, machine: Machine, nowMs: number): MachineFacts {
  const { os, runtime, networkProblem, isControlPlane } = machine;
  const service = machine.description.nodeInfo.containerRuntimeVersion.startsWith('cri-o') ? 'crio' : 'containerd';
  return {
    isOn: os.isOn, isCut: cluster.network.isCut(machine.name), isControlPlane, kubelet: unitFacts(machine, 'kubelet', nowMs), runtime: unitFacts(machine, service, nowMs), ...(networkProblem ? { networkProblem } : {}),
    isKubeProxyUp: runtime.containers().some(({ config, state }) => config.name === 'kube-proxy' && state === 'Running'),
  };
}

function unitFacts({ os }: Machine, unit: string, nowMs: number): UnitFacts {
  const entries = os.journal.read({ unit: `${unit}.service`, sinceMs: nowMs - WORDS_MS });
  const lastWords = (entries.findLast(({ message }) => /^E |err=|[Ff]ailed/.test(message) && !UNTELLING.test(message)) ?? undefined)?.message;
  return { unit, state: os.systemd.status(unit)?.state ?? 'not there', ...(lastWords ? { lastWords } : {}) };
}

function componentFacts(cluster: Cluster, name: string): ComponentFacts | undefined {
  const machine = [...cluster.machines.values()].find(({ isControlPlane }) => isControlPlane);
  if (!machine) return undefined;
  const containers = machine.runtime.containers().filter(({ config }) => config.name === name);
  const newest = containers.at(-1);
  const hasManifest = machine.os.files.exists(`/etc/kubernetes/manifests/${name}.yaml`);
  if (newest?.state === 'Running' && machine.os.isOn) return { node: machine.name, word: 'running', hasManifest };
  const lastWords = containers.filter(({ state }) => state === 'Exited').at(-1)?.log.lines.findLast(({ text }) => text.trim() !== '')?.text;
  const word = !machine.os.isOn || !newest ? 'stopped' : newest.config.attempt > 0 || newest.exitCode !== 0 ? 'crashing' : 'stopped';
  return { node: machine.name, word, hasManifest, ...(lastWords ? { lastWords } : {}) };
}
