/** One run of a probe, in the words of k8s.io/kubernetes/pkg/probe. */
import type { Probe } from '../../api/types.ts';
import { type HttpResponse, NetworkError } from '../../network/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { NodeContext } from './node-context.ts';
import type { AnyContainer } from './pod-view.ts';

export interface ProbeResult { isSuccess: boolean; output: string }

type HttpGet = NonNullable<Probe['httpGet']>;

/** Probes once; `done` is called once, later for commands and slow answers. */
export function probeOnce(context: NodeContext, probe: Probe, container: AnyContainer, found: RuntimeContainer, done: (result: ProbeResult) => void): void {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return runCommand(context, found, probe.exec.command ?? [], timeoutMs, done);
  if (probe.httpGet) return get(context, probe.httpGet, container, found, timeoutMs, done);
  const port = probe.tcpSocket?.port ?? probe.grpc?.port ?? 0;
  const host = probe.tcpSocket?.host ?? found.sandbox.ip;
  const result = connect(context, host, portNumber(port, container), probe.grpc !== undefined);
  const wait = result.isSuccess || !result.output.includes('i/o timeout') ? 0 : timeoutMs;
  later(context, wait, () => done(probe.grpc && !result.isSuccess ? { isSuccess: false, output: `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: ${result.output}` } : result));
}

function connect({ network }: NodeContext, host: string, port: number, isGrpc: boolean): ProbeResult {
  try {
    const connection = network.connect(host, port);
    connection.close();
    const { grpc, etcd } = connection.service;
    return isGrpc && !grpc && !etcd ? { isSuccess: false, output: 'context deadline exceeded' } : { isSuccess: true, output: '' };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // A plain connection to a TLS port opens; only speaking fails.
    return { isSuccess: error.reason === 'tls', output: error.message };
  }
}

function get(context: NodeContext, action: HttpGet, container: AnyContainer, found: RuntimeContainer, timeoutMs: number, done: (result: ProbeResult) => void): void {
  const { url, isTls } = httpAddress(action, container, found.sandbox.ip);
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]));
  const late = () => later(context, timeoutMs, () => done({ isSuccess: false, output: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` }));
  try {
    const response = context.network.fetch(url, { method: 'GET', headers: { 'user-agent': 'kube-probe/1.36', accept: '*/*', ...headers } }, isTls ? { insecureSkipVerify: true } : undefined);
    const latencyMs = response.latencyMs ?? 0;
    if (latencyMs > timeoutMs) return late();
    later(context, latencyMs, () => done(judge(response)));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.reason === 'timeout') return late();
    done({ isSuccess: false, output: `Get "${url}": ${error.message}` });
  }
}

function judge({ status }: HttpResponse): ProbeResult {
  const isSuccess = status >= 200 && status < 400;
  return { isSuccess, output: isSuccess ? '' : `HTTP probe failed with statuscode: ${status}` };
}

function runCommand(context: NodeContext, found: RuntimeContainer, command: readonly string[], timeoutMs: number, done: (result: ProbeResult) => void): void {
  const { runtime, world } = context;
  if (runtime.pretend) return done({ isSuccess: true, output: '' });
  let output = '';
  let isOver = false;
  const finish = (result: ProbeResult) => {
    if (isOver) return;
    isOver = true;
    timer.cancel();
    done(result);
  };
  const timer = world.clock.after(timeoutMs, 'probe timeout', () => {
    finish({ isSuccess: false, output: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` });
    stream?.close();
  });
  const collect = (text: string) => { output += text; };
  let stream: { close(): void } | undefined;
  try {
    stream = runtime.exec(found, command, { stdout: collect, stderr: collect, closed: (exit) => finish({ isSuccess: exit === 0, output: output.trimEnd() }) }, { stdin: false, tty: false });
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    finish({ isSuccess: false, output: error.message });
  }
}

/** The URL of an httpGet action; the host is the Pod's address unless given. */
export function httpAddress({ scheme, host, port, path }: HttpGet, container: AnyContainer, podIP: string): { url: string; isTls: boolean } {
  const isTls = scheme === 'HTTPS';
  const suffix = path === undefined || path === '' ? '/' : path.startsWith('/') ? path : `/${path}`;
  return { url: `${isTls ? 'https' : 'http'}://${host ?? podIP}:${portNumber(port, container)}${suffix}`, isTls };
}

/** A port by number or by the name of a containerPort. */
export function portNumber(port: number | string, container: AnyContainer): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

function later({ world }: NodeContext, ms: number, act: () => void): void {
  if (ms <= 0) act();
  else world.clock.after(ms, 'probe answer', act);
}
