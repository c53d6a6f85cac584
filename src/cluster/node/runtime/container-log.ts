/** What one attempt of a container has written, also as the file under /var/log/pods. */
import { FileError, type FileSystem } from '../file-system.ts';
import { parentOf } from '../os/paths.ts';

const LINES_MAX = 20_000; // what is kept for `kubectl logs`, whatever the file's size

export interface LogLine { timeMs: number; stream: 'stdout' | 'stderr'; text: string }

export class ContainerLog {
  readonly #path: string;
  readonly #files: FileSystem;
  readonly #partial = { stdout: '', stderr: '' };
  readonly #followers = new Set<(line: LogLine) => void>();
  #lines: LogLine[] = [];

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  get path(): string { return this.#path; }
  get lines(): readonly LogLine[] { return this.#lines; }
  /** Size of the file that is written to. */
  get fileBytes(): number { return this.#files.usage(this.#path); }

  /** Reads what is in its file already. */
  load(): void {
    if (!this.#files.exists(this.#path)) return;
    for (const line of this.#files.read(this.#path).split('\n')) {
      const [, time = '', stream, text = ''] = /^(\S+) (stdout|stderr) F (.*)$/.exec(line) ?? [];
      if (stream === 'stdout' || stream === 'stderr') this.#lines.push({ timeMs: Date.parse(time), stream, text });
    }
  }

  /** Adds text; the last line is kept back until its end arrives or the container ends. */
  write(timeMs: number, stream: 'stdout' | 'stderr', text: string): void {
    const parts = (this.#partial[stream] + text).split('\n');
    this.#partial[stream] = parts.pop() ?? '';
    for (const part of parts) this.#add({ timeMs, stream, text: part });
  }

  /** The container has ended: unfinished lines are lines now. */
  finish(timeMs: number): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream]) this.#add({ timeMs, stream, text: this.#partial[stream] });
      this.#partial[stream] = '';
    }
  }

  /** Puts the file aside under the time of day, as the kubelet does with one that is too long; only `filesMax` are kept, with the new one. */
  rotate(nowMs: number, filesMax: number): void {
    const folder = parentOf(this.#path);
    const name = this.#path.slice(folder.length + 1);
    this.#files.rename(this.#path, `${this.#path}.${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`);
    this.#files.write(this.#path, '');
    this.#lines = [];
    const old = this.#files.list(folder).filter((each) => each.startsWith(`${name}.`));
    for (const each of old.slice(0, Math.max(0, old.length - (filesMax - 1)))) this.#files.remove(`${folder}/${each}`);
  }

  follow(follower: (line: LogLine) => void): { close(): void } {
    this.#followers.add(follower);
    return { close: () => void this.#followers.delete(follower) };
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
    if (!this.#files.exists(parentOf(this.#path))) this.#files.makeDirectory(parentOf(this.#path));
    this.#appendToFile(`${nanoTime(line.timeMs)} ${line.stream} F ${line.text}\n`);
    for (const follower of this.#followers) follower(line);
  }

  /** On a full disk the line is lost, the container goes on. */
  #appendToFile(text: string): void {
    try {
      this.#files.append(this.#path, text);
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'ENOSPC') throw error;
    }
  }
}

/** RFC 3339 with nanoseconds, as `--timestamps` shows it. */
export function nanoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000000Z`;
}
