/** The x-ray of a command: its requests through the API server, who reacted, and how the scheduler chose. */
import type { Mission } from '../mission/mission.ts';
import { reactionsTo } from '../xray/reactions.ts';
import { isWrite, stagesOf } from '../xray/stages.ts';
import type { RequestLensView } from './lens-view.ts';

/** More Pods, and more nodes of each, than can be read are left out. */
const PODS_MAX = 5;
const NODES_MAX = 50;
const REQUESTS_MAX = 40;

/** The command so many commands back; undefined parts where there was none. */
export function requestLens({ requests: log, cluster, words }: Mission, back: number): RequestLensView {
  const commands = log?.commands ?? [];
  const command = commands.at(-1 - back);
  if (!log || !command) return { of: 'request', back, count: commands.length, line: '', requests: [], reactions: [], attempts: [] };
  const own = log.requestsOf(command);
  const telling = own.filter((record) => record.info.isResource);
  const { reactions, pods } = reactionsTo(own, log.after(command), words);
  return {
    of: 'request', back, count: commands.length, line: command.line,
    requests: [...telling.filter(isWrite), ...telling.filter((record) => !isWrite(record))].slice(0, REQUESTS_MAX).map((record) => ({ method: record.request.method, path: record.request.path, code: record.code, stages: stagesOf(record, words) })),
    reactions, attempts: pods.flatMap((pod) => cluster.attempts.get(pod) ?? []).slice(0, PODS_MAX).map((attempt) => ({ ...attempt, nodes: attempt.nodes.slice(0, NODES_MAX) })),
  };
}
