/** kubectl's surroundings: the shell's files, the host's network, the player's editor. */
import { networkTransport } from '../../cluster/client/transport.ts';
import { NetworkError } from '../../cluster/network/types.ts';
import type { KubectlEnvironment } from '../../kubectl/environment.ts';
import { KubectlError } from '../../kubectl/errors.ts';
import { normalize } from '../../cluster/node/os/paths.ts';
import type { Host } from '../host.ts';
import type { PlayerShell } from '../player-shell.ts';

export interface Surroundings {
  cwd: string;
  env: Record<string, string>;
  stdin: string;
  /** Ends what waits: Ctrl-C, `timeout`. */
  signal?: AbortSignal;
  write(stream: 'stdout' | 'stderr', text: string): void;
  /** What stands behind `/dev/fd/63`, as process substitution names it; undefined when nothing does. */
  readDescriptor?(path: string): Promise<string | undefined>;
  /** Runs a command line in the shell: $EDITOR with a file. */
  runEditor(command: string): Promise<{ stdout: string; stderr: string; exitCode: number }>;
}

const DESCRIPTOR = /^\/dev\/fd\/\d+$/;

const OWN_EDITORS = new Set(['', 'vi', 'vim', 'nano']);

/** The environment for one run of kubectl; `hangUp` when it has ended. */
export function kubectlEnvironment(shell: PlayerShell, host: Host, { cwd, env, stdin, signal = shell.signal, write, readDescriptor, runEditor }: Surroundings): KubectlEnvironment & { hangUp(): void } {
  const { files } = host;
  const calls: ReturnType<typeof networkTransport>[] = [];
  const at = (path: string) => normalize(path.startsWith('/') ? path : `${cwd}/${path}`);
  return {
    world: shell.cluster.world,
    dial(server, tls) {
      const call = networkTransport(host.network, server, tls);
      calls.push(call);
      return call;
    },
    hangUp() { for (const call of calls) call.close(); },
    listen: (address, port, service) => host.network.listen(address, port, service, undefined, 'kubectl'),
    files: {
      read: async (path: string) => (/^https?:\/\//.test(path) ? download(host, path) : DESCRIPTOR.test(path) ? await readDescriptor?.(path) ?? files.read(path) : files.read(at(path))),
      readBytes: async (path: string) => files.readBytes(at(path)),
      write: async (path: string, content: string | Uint8Array, mode?: number) => {
        const place = at(path);
        files.makeDirectory(place.slice(0, place.lastIndexOf('/')));
        files.write(place, content, mode === undefined ? {} : { mode });
      },
      exists: async (path: string) => files.exists(at(path)) || (DESCRIPTOR.test(path) && await readDescriptor?.(path) !== undefined),
      list: async (path: string) => files.list(at(path)),
      isDirectory: async (path: string) => files.exists(at(path)) && files.stat(at(path)).type === 'directory',
    },
    env: { HOME: host.home, ...(host.machine?.isControlPlane && !env.KUBECONFIG ? { KUBECONFIG: '/etc/kubernetes/admin.conf' } : {}), ...env },
    stdin: async () => stdin,
    stdout: (text) => write('stdout', text),
    stderr: (text) => write('stderr', text),
    edit: async (fileName, text) => {
      const editor = env.KUBE_EDITOR ?? env.EDITOR ?? '';
      if (OWN_EDITORS.has(editor.trim().split(/\s+/)[0]!)) return (await shell.terminal.edit(fileName, text)) ?? (shell.terminal.isTerminal ? text : undefined); // left without writing
      const path = `/tmp/${fileName.split('/').pop()}`;
      files.write(path, text);
      const { stderr, exitCode } = await runEditor(`${editor} ${path}`);
      if (exitCode === 127) return undefined;
      if (stderr) write('stderr', stderr);
      if (exitCode !== 0) throw new KubectlError(`there was a problem with the editor ${JSON.stringify(editor)}`);
      return files.read(path);
    },
    signal,
    isTerminal: shell.terminal.isTerminal,
  };
}

/** The body of what a URL leads to; throws an Error in kubectl's words. */
function download({ network }: Host, url: string): string {
  try {
    const { status, body } = network.fetch(url);
    if (status !== 200) throw new Error(`unable to read URL "${url}", server reported ${status} ${status === 404 ? 'Not Found' : 'Error'}, status code=${status}`);
    return body;
  } catch (error) {
    throw error instanceof NetworkError ? new Error(`Get "${url}": ${error.message}`) : error;
  }
}
