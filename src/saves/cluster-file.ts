/** A served cluster in a file: checked on the way in, never left half written, never written over another's. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { SavedCluster } from '../cluster/saved-cluster.ts';
import { reason, replaceFile, SaveError } from './atomic-file.ts';

const FORMAT = 'kube-quest cluster';
const VERSION = 1;

/** The door's own keys and address, so that a kubeconfig stays good. */
export interface SavedDoor { certificate: string; key: string; playerToken: string; port: number }

export interface Content { cluster: SavedCluster; door: SavedDoor }

export class ClusterFile {
  readonly path: string;
  /** What the file was when it was last read or written here. */
  #known: string | undefined;

  constructor(path: string) {
    this.path = path;
    this.#known = this.#mark();
  }

  /** What was saved; undefined when there is no file. Throws SaveError, which says what is wrong with the file. */
  read(): Content | undefined {
    if (this.#known === undefined) return undefined;
    const [head = '', ...rest] = this.#text().split('\n');
    const body = rest.join('\n');
    const { format, version, sha256 } = headIn(head);
    if (format !== FORMAT) throw this.#refusal('is not a cluster that `kube-quest serve --state` has saved');
    if (version !== VERSION) throw this.#refusal(`was saved by ${Number(version) > VERSION ? 'a newer' : 'an older'} kube-quest (version ${String(version)} of the format, this one reads ${VERSION})`);
    if (sha256 !== digest(body)) throw this.#refusal('is damaged: it is not what was written');
    return JSON.parse(body) as Content; // its digest says that it was written here
  }

  /** Throws SaveError; what was there is then still there. */
  write(content: Content): void {
    if (this.#mark() !== this.#known) throw this.#refusal('was changed by another program meanwhile; nothing was saved');
    const body = JSON.stringify(content);
    replaceFile(this.path, `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: digest(body) })}\n${body}`, { advice: 'the cluster lives on in memory' });
    this.#known = this.#mark();
  }

  #text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      throw this.#refusal(`cannot be read: ${reason(error)}`);
    }
  }

  #mark(): string | undefined {
    const found = statSync(this.path, { throwIfNoEntry: false });
    return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
  }

  #refusal(what: string): SaveError {
    return new SaveError(`${this.path} ${what}. It was left as it is; name another file with --state`);
  }
}

function headIn(line: string): { format?: unknown; version?: unknown; sha256?: unknown } {
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === 'object' && head !== null ? head : {};
  } catch {
    return {};
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
