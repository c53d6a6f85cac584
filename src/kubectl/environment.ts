/** What kubectl needs from the world it is typed in: files, streams, time and a way to an API server. */
import type { ApiTransport } from '../cluster/apiserver/request.ts';
import type { ClientTls, Listening, PortService } from '../cluster/network/types.ts';
import type { World } from '../time/simulation.ts';

/** Files as kubectl sees them; relative paths are resolved by whoever provides them. */
export interface KubectlFiles {
  /** Text of a file, or of what a URL leads to. Throws an Error whose message names the reason when it cannot be read. */
  read(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Makes the folders above the file, too. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  exists(path: string): Promise<boolean>;
  isDirectory(path: string): Promise<boolean>;
  /** Names in a directory, sorted. */
  list(directory: string): Promise<string[]>;
}

/** One kubectl process's surroundings. Verbs run inside a world activity, so they may sleep and block. */
export interface KubectlEnvironment {
  readonly world: World;
  /** A way to `server` (`https://10.0.0.2:6443`); its methods throw NetworkError when it cannot be reached. */
  dial(server: string, tls: ClientTls): ApiTransport;
  /** Serves on a port of this machine. Throws NetworkError. */
  listen(address: string, port: number, service: PortService): Listening;
  readonly files: KubectlFiles;
  /** HOME, KUBECONFIG, EDITOR, … */
  readonly env: Readonly<Record<string, string>>;
  stdin(): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** The user's editor; undefined when there is none. Throws KubectlError when it fails. */
  edit(fileName: string, text: string): Promise<string | undefined>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly isTerminal: boolean;
}
