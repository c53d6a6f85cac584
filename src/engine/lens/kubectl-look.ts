/** kubectl as a window: what a reading command says, without leaving a trace in the cluster. */
import type { ApiTransport } from '../../cluster/apiserver/request.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { networkTransport } from '../../cluster/client/transport.ts';
import type { KubectlEnvironment } from '../../kubectl/environment.ts';
import { kubectl } from '../../kubectl/kubectl.ts';

const READING = new Set(['get', 'describe', 'logs', 'events', 'rollout', 'top', 'auth', 'explain', 'api-resources']);
/** A log may be long; its end tells most. */
const LINES_MAX = 2000;

/** The lines that `kubectl WORDS` writes. Only for commands that read; to be called between two steps of the world. */
export async function kubectlLook(cluster: Cluster, words: readonly string[]): Promise<string[]> {
  if (!READING.has(words[0] ?? '')) throw new Error(`kubectlLook: ${words[0]} does more than look`);
  let said = '';
  const write = (text: string) => { said += text; };
  const activity = cluster.world.start('look', () => kubectl(words, surroundings(cluster, write)));
  await cluster.world.settle();
  if (!activity.hasEnded) return ['…'];
  return said.replace(/\n$/, '').split('\n').slice(-LINES_MAX);
}

function surroundings(cluster: Cluster, write: (text: string) => void): KubectlEnvironment {
  const nothing = async () => '';
  return {
    world: cluster.world, dial: () => observer(cluster), listen: () => { throw new Error('nothing listens here'); },
    files: { read: nothing, readBytes: async () => new Uint8Array(), write: async () => undefined, exists: async () => false, isDirectory: async () => false, list: async () => [] },
    env: {}, stdin: nothing, stdout: write, stderr: write, edit: async () => undefined, signal: new AbortController().signal, isTerminal: false,
  };
}

/** The way of one who only looks; connecting fails as it would for anybody while no API server serves. */
function observer(cluster: Cluster): ApiTransport {
  return cluster.apiServer?.observer() ?? networkTransport(cluster.workstation, cluster.server, { insecureSkipVerify: true });
}
