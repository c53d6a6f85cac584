/** The player's shells, side by side on one machine: each runs its own lines, and may wait for an editor of its own. */
import type { Cluster } from '../../cluster/cluster.ts';
import { PlayerShell } from '../../shell/player-shell.ts';
import { TERMINALS_MAX } from './attempt.ts';

type Answer = (text: string | undefined) => void;

export interface TerminalsOptions {
  readonly cluster: Cluster;
  /** `tab` is the number of the shell; the first is 0. */
  write(stream: 'stdout' | 'stderr', text: string, tab: number): void;
  edit?(fileName: string, text: string, tab: number): void;
  answer(word: string): void;
}

export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #shells: PlayerShell[] = [];
  readonly #editors = new Map<number, Answer>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.at(0);
  }

  /** A shell; those up to it are opened when they are not there. */
  at(tab: number): PlayerShell {
    for (let next = this.#shells.length; next <= Math.min(tab, TERMINALS_MAX - 1); next++) this.#shells.push(this.#open(next));
    return this.#shells[Math.min(tab, TERMINALS_MAX - 1)]!;
  }

  isEditing(tab: number): boolean { return this.#editors.has(tab); }

  /** Ends the editor of a shell with the text last written, or undefined. */
  answerEditor(tab: number, text: string | undefined): void {
    const answer = this.#editors.get(tab);
    this.#editors.delete(tab);
    answer?.(text);
  }

  #open(tab: number): PlayerShell {
    const { cluster, write, answer } = this.#options;
    const [first] = this.#shells;
    const terminal = { write: (stream: 'stdout' | 'stderr', text: string) => write(stream, text, tab), edit: (fileName: string, text: string) => this.#edit(fileName, text, tab), answer, isTerminal: true };
    return first ? first.beside(terminal) : new PlayerShell(cluster, terminal, cluster.adminKubeconfig());
  }

  #edit(fileName: string, text: string, tab: number): Promise<string | undefined> {
    const { edit, cluster } = this.#options;
    if (!edit) return Promise.resolve(undefined);
    return cluster.world.block<string | undefined>('editor', (wake) => {
      this.#editors.set(tab, wake);
      edit(fileName, text, tab);
    });
  }
}
