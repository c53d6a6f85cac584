/** logs, exec and attach: the API server checks the request and passes it to the Pod's kubelet. */
import { notFound } from './errors.ts';
import type { Kind } from '../api/kind.ts';
import type { Pod } from '../api/types.ts';
import type { KubeletFace, LogRequest } from '../node/kubelet-face.ts';
import { type Connection, NetworkError } from '../network/types.ts';
import { badRequest, failure } from './errors.ts';
import type { ApiResponse, OpenStream, StreamSink } from './request.ts';
import type { RequestInfo } from './request-info.ts';

/** Connects to a node's kubelet. Throws NetworkError. */
export type DialKubelet = (nodeName: string) => KubeletFace;

/** The container a request means. Throws BadRequest in the words of the real server. */
function containerFor(pod: Pod, asked: string | null): string {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.name);
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map((c) => c.name);
  const { name } = pod.metadata;
  if (asked) {
    if (![...containers, ...ephemeral].includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const plain = pod.spec.containers.map((c) => c.name);
  if (plain.length === 1) return plain[0]!;
  const init = (pod.spec.initContainers ?? []).map((c) => c.name);
  const alsoInit = init.length ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${plain.join(' ')}]${alsoInit}`);
}

/** Opens a log stream; for a Pod on no node it is empty. */
export function openLogs(pod: Pod, query: URLSearchParams, dial: DialKubelet, sink: StreamSink): OpenStream | ApiResponse {
  const container = containerFor(pod, query.get('container'));
  if (!pod.spec.nodeName) {
    sink.closed(0);
    return { close: () => undefined };
  }
  const { namespace, name } = pod.metadata;
  const options = new URLSearchParams([...query].filter(([key]) => key !== 'container')).toString();
  const url = `https://${pod.status.hostIP ?? pod.spec.nodeName}:10250/containerLogs/${namespace}/${name}/${container}${options ? `?${options}` : ''}`;
  return onNode(pod, dial, `Get "${url}"`, (kubelet) => kubelet.logs(logRequest(pod, container, query), sink));
}

/** Opens exec. */
export function openExec(pod: Pod, query: URLSearchParams, dial: DialKubelet, sink: StreamSink): OpenStream | ApiResponse {
  const container = containerFor(pod, query.get('container'));
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  return onNode(pod, dial, 'error dialing backend', (kubelet) => kubelet.exec({
    namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container, command,
    stdin: query.get('stdin') === 'true', tty: query.get('tty') === 'true',
  }, sink));
}

/** Opens attach. */
export function openAttach(pod: Pod, query: URLSearchParams, dial: DialKubelet, sink: StreamSink): OpenStream | ApiResponse {
  const container = containerFor(pod, query.get('container'));
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') throw badRequest(`cannot attach a container in a completed pod; current phase is ${pod.status.phase}`);
  const request = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container, stdin: query.get('stdin') === 'true', tty: query.get('tty') === 'true' };
  return onNode(pod, dial, 'error dialing backend', (kubelet) => kubelet.attach(request, sink));
}

/** Connects to a port of a Pod. Throws NetworkError when nothing listens there. */
export function openPort(pod: Pod, port: number, dial: DialKubelet): Connection {
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const kubelet = reach(pod.spec.nodeName, dial, 'error dialing backend', (face) => face);
  const answer = kubelet.portForward({ namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, port });
  if ('code' in answer) throw failure(answer.code, 'InternalError', answer.message);
  return answer;
}

/** Throws NotFound unless the kind has such a stream. */
export function checkStream(kind: Kind, info: RequestInfo): void {
  if (kind.plural !== 'pods') throw notFound(kind, info.name);
}

function onNode(pod: Pod, dial: DialKubelet, what: string, open: (kubelet: KubeletFace) => OpenStream | { code: number; message: string }): OpenStream | ApiResponse {
  const answer = reach(pod.spec.nodeName!, dial, what, open);
  if (!('code' in answer)) return answer;
  throw failure(answer.code, answer.code === 404 ? 'NotFound' : answer.code === 400 ? 'BadRequest' : 'InternalError', answer.message);
}

function reach<T>(nodeName: string, dial: DialKubelet, what: string, use: (kubelet: KubeletFace) => T): T {
  try {
    return use(dial(nodeName));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw failure(500, '', `${what}: ${error.message}`);
  }
}

function logRequest(pod: Pod, container: string, query: URLSearchParams): LogRequest {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  return {
    namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container,
    follow: query.get('follow') === 'true', previous: query.get('previous') === 'true', timestamps: query.get('timestamps') === 'true',
    sinceSeconds: number('sinceSeconds'), sinceTime: query.get('sinceTime') ?? undefined, tailLines: number('tailLines'), limitBytes: number('limitBytes'),
  };
}
