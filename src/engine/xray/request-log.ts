/** The last requests to the API server: all of the player's, and everybody's writes. */
import type { RequestRecord } from '../../cluster/apiserver/api-server.ts';

const KEPT_MAX = 4000;

/** A line of the player's, and what the API server was asked from then on. */
export interface CommandTrace { readonly line: string; readonly atMs: number; readonly from: number }

export class RequestLog {
  #records: RequestRecord[] = [];
  #dropped = 0;
  #writes = 0;
  #commands: CommandTrace[] = [];

  keep(record: RequestRecord): void {
    if (!isTelling(record)) return;
    this.#records.push(record);
    if (record.revision !== undefined && record.info.resource !== 'events') this.#writes++;
    if (this.#records.length <= 2 * KEPT_MAX) return;
    this.#records = this.#records.slice(KEPT_MAX);
    this.#dropped += KEPT_MAX;
    this.#commands = this.#commands.filter(({ from }) => from >= this.#dropped);
  }

  /** A line is typed: what follows may be its doing. */
  begin(line: string, atMs: number): void {
    if (line.trim()) this.#commands.push({ line, atMs, from: this.#dropped + this.#records.length });
  }

  /** The player's lines that asked the API server for something, newest last. */
  get commands(): readonly CommandTrace[] { return this.#commands.filter((command) => this.requestsOf(command).length > 0); }

  /** When a revision of etcd was written; undefined when that was not noted, or long ago. */
  timeOf(revision: number): number | undefined { return this.#records.findLast((record) => record.revision === revision)?.atMs; }

  /** How many writes to tell of there were; Events tell of writes, and are none. */
  get writes(): number { return this.#writes; }

  /** What the line itself asked. */
  requestsOf(command: CommandTrace): RequestRecord[] {
    const next = this.#commands[this.#commands.indexOf(command) + 1];
    return this.#records.slice(command.from - this.#dropped, next && next.from - this.#dropped).filter(isPlayers);
  }

  /** Everything from the line on, the later lines' included. */
  after(command: CommandTrace): readonly RequestRecord[] { return this.#records.slice(command.from - this.#dropped); }
}

const isPlayers = ({ user, request }: RequestRecord): boolean => request.userAgent?.startsWith('kubectl/') === true || user === '' || user === 'system:anonymous' || !user.startsWith('system:');

/** Reads of components, and what beats all the time, tell nothing. */
function isTelling(record: RequestRecord): boolean {
  if (isPlayers(record)) return record.user !== 'system:anonymous' || record.info.isResource;
  const { method } = record.request;
  return method !== 'GET' && record.code < 300 && record.info.resource !== 'leases' && !record.info.resource.endsWith('reviews');
}
