/** The player's shells, side by side on one machine: each runs its own lines, and may wait for an editor of its own. Those beside the first end with `exit`. */
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
  /** A shell has ended; its number may be another's. */
  ended?(tab: number): void;
}

export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #shells = new Map<number, PlayerShell>();
  readonly #editors = new Map<number, Answer>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.at(0);
  }

  /** A shell; opened when it is not there. */
  at(tab: number): PlayerShell {
    const number = Math.min(tab, TERMINALS_MAX - 1);
    const shell = this.#shells.get(number) ?? this.#open(number);
    this.#shells.set(number, shell);
    return shell;
  }

  /** Whether any of them runs something. */
  get isBusy(): boolean { return [...this.#shells.values()].some((shell) => shell.isBusy); }

  isEditing(tab: number): boolean { return this.#editors.has(tab); }

  /** Ends the editor of a shell with the text last written, or undefined. */
  answerEditor(tab: number, text: string | undefined): void {
    const answer = this.#editors.get(tab);
    this.#editors.delete(tab);
    answer?.(text);
  }

  #open(tab: number): PlayerShell {
    const { cluster, write, answer } = this.#options;
    const terminal = { write: (stream: 'stdout' | 'stderr', text: string) => write(stream, text, tab), edit: (fileName: string, text: string) => this.#edit(fileName, text, tab), answer, isTerminal: true };
    const first = this.#shells.get(0);
    if (!first) return new PlayerShell(cluster, terminal, cluster.adminKubeconfig());
    // What still runs in the background of a shell that has ended has no terminal to write to.
    const isOpen = () => this.#shells.get(tab) === shell;
    const shell: PlayerShell = first.beside({ ...terminal, write: (stream, text) => { if (isOpen()) terminal.write(stream, text); }, ended: () => this.#close(tab) });
    return shell;
  }

  #close(tab: number): void {
    this.#shells.delete(tab);
    this.#options.ended?.(tab);
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
