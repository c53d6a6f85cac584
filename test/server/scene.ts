/** A served cluster with the client library on it. */
import { request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Runner } from '../../src/engine/run.ts';
import { type OpenDoor, openDoor } from '../../src/server/door.ts';

export interface Served { door: OpenDoor; config: KubeConfig; runner: Runner; problems: string[] }

/** Boots the default cluster and opens the door; virtual time goes `speed` times as fast as real time. */
export async function served(speed = 20): Promise<Served> {
  const runner = await Runner.start({ seed: 'served', startMs: Date.now() - 24 * 3_600_000 });
  const problems: string[] = [];
  const door = await openDoor(runner.cluster, { address: '127.0.0.1', port: 0, speed, log: (text) => void problems.push(text), crash: (error) => { throw error; } });
  const config = new KubeConfig();
  config.loadFromString(door.kubeconfig);
  return { door, config, runner, problems };
}

export interface Answer { status: number; headers: NodeJS.Dict<string | string[]>; text: string }

/** One exchange below the client library, as whoever `credentials` says: none, a token, or the admin's certificate. */
export function exchange({ config }: Pick<Served, 'config'>, path: string, options: { method?: string; headers?: Record<string, string>; body?: string | Buffer; as?: 'admin' | 'nobody' } = {}): Promise<Answer> {
  const { server = '', caData = '' } = config.getCurrentCluster() ?? {};
  const { certData = '', keyData = '' } = config.getCurrentUser() ?? {};
  const decoded = (text: string) => Buffer.from(text, 'base64');
  const pair = options.as === 'nobody' ? {} : { cert: decoded(certData), key: decoded(keyData) };
  return new Promise((resolve, reject) => {
    const sent = request(`${server}${path}`, { method: options.method ?? 'GET', headers: options.headers, ca: decoded(caData), agent: false, ...pair }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** Waits until something is so; fails with its name after `limitMs` of real time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
