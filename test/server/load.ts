/** Many clients at once: some watch, others create and delete; counted is what the watchers see. */
import { Agent, request, type RequestOptions } from 'node:https';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Served } from './scene.ts';

export interface Load { watches: number; clients: number; objects: number }

/** What the clients saw. */
export interface Seen { requestsPerSecond: number; /** For each watch how many ADDED and DELETED it saw. */ seen: { added: number; deleted: number }[]; slowestMs: number }

export interface LoadResult extends Seen { heapBeforeMb: number; heapAfterMb: number }

const PATH = '/api/v1/namespaces/default/configmaps';
/** Two compactions: what nobody can ask for any more is forgotten. */
const FORGET_MS = 11 * 60_000;

/** Creates and deletes `objects` ConfigMaps over `clients` connections while `watches` look on, and lets what can be forgotten be forgotten. */
export async function underLoad({ config, door }: Served, load: Load): Promise<LoadResult> {
  const heapBeforeMb = heapMb();
  const seen = await putUnderLoad(config, load);
  await door.leap(FORGET_MS);
  return { ...seen, heapBeforeMb, heapAfterMb: heapMb() };
}

/** The clients alone, wherever the server is. */
export async function putUnderLoad(config: KubeConfig, { watches, clients, objects }: Load): Promise<Seen> {
  const { server, agent } = agentOf(config, clients + watches);
  const watching = await Promise.all(Array.from({ length: watches }, () => watch(`${server}${PATH}?watch=1&resourceVersion=0&labelSelector=of%3Dload`, agent)));
  const names = Array.from({ length: objects }, (_, i) => `load-${i}`);
  let slowestMs = 0;
  const all = async (act: (name: string) => Promise<number>, wanted: number) => {
    const rest = [...names];
    await Promise.all(Array.from({ length: clients }, async () => {
      for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
        const beginMs = performance.now();
        const status = await act(name);
        slowestMs = Math.max(slowestMs, performance.now() - beginMs);
        if (status !== wanted) throw new Error(`${name}: ${status}`);
      }
    }));
  };
  const beginMs = performance.now();
  await all((name) => send(`${server}${PATH}`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, JSON.stringify({ metadata: { name, labels: { of: 'load' } }, data: { k: 'v' } })), 201);
  await all((name) => send(`${server}${PATH}/${name}`, { method: 'DELETE', agent }), 200);
  const requestsPerSecond = (2 * objects * 1000) / (performance.now() - beginMs);
  const endMs = Date.now() + 60_000;
  while (watching.some(({ seen }) => seen.deleted < objects) && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { stop } of watching) stop();
  agent.destroy();
  return { requestsPerSecond, seen: watching.map(({ seen }) => seen), slowestMs };
}

/** Creates Pods that no node takes, and deletes them; gives how many were created a second. */
export async function createPods({ config }: Pick<Served, 'config'>, { clients, objects }: Omit<Load, 'watches'>): Promise<number> {
  const { server, agent } = agentOf(config, clients);
  const path = `${server}/api/v1/namespaces/default/pods`;
  const rest = Array.from({ length: objects }, (_, i) => `load-${i}`);
  const spec = { nodeSelector: { nowhere: '' }, containers: [{ name: 'c', image: 'busybox' }] };
  const beginMs = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      const status = await send(path, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, JSON.stringify({ metadata: { name, labels: { of: 'load' } }, spec }));
      if (status !== 201) throw new Error(`${name}: ${status}`);
    }
  }));
  const perSecond = (objects * 1000) / (performance.now() - beginMs);
  await send(`${path}?labelSelector=of%3Dload&gracePeriodSeconds=0`, { method: 'DELETE', agent });
  agent.destroy();
  return perSecond;
}

function agentOf(config: KubeConfig, sockets: number): { server: string; agent: Agent } {
  const { server = '', caData = '' } = config.getCurrentCluster() ?? {};
  const { certData = '', keyData = '' } = config.getCurrentUser() ?? {};
  const of = (text: string) => Buffer.from(text, 'base64');
  return { server, agent: new Agent({ keepAlive: true, maxSockets: sockets, ca: of(caData), cert: of(certData), key: of(keyData) }) };
}

function watch(url: string, agent: Agent): Promise<{ seen: { added: number; deleted: number }; stop(): void }> {
  const seen = { added: 0, deleted: 0 };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      let tail = '';
      response.on('data', (chunk: Buffer) => {
        const lines = (tail + chunk.toString('latin1')).split('\n');
        tail = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('{"type":"ADDED"')) seen.added++; else if (line.startsWith('{"type":"DELETED"')) seen.deleted++;
      });
      response.on('error', () => undefined);
      resolve({ seen, stop: () => sent.destroy() });
    });
    sent.on('error', reject);
    sent.end();
  });
}

function send(url: string, options: RequestOptions, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Megabytes that are in use once what can go has gone. */
function heapMb(): number {
  setFlagsFromString('--expose_gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed / 1e6;
}
