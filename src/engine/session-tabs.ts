/** The shells of a mission as they look: what each has printed, a line that goes on, its editor, and which of them is seen. */
import { isIncomplete } from '../shell/syntax.ts';
import type { Terminals } from './mission/terminals.ts';
import { TranscriptBuffer } from './transcript.ts';
import type { EditorRequest, PromptView, TabView, TextStyle } from './view.ts';

const CONTINUED: PromptView['spans'] = [{ text: '> ', style: 'dim' }];

/** `typed`: lines of a command that goes on; `deeds`: what has not been taken in yet. */
interface Tab { readonly transcript: TranscriptBuffer; typed: string; editor?: EditorRequest | undefined; deeds: number }

const newTab = (): Tab => ({ transcript: new TranscriptBuffer(), typed: '', deeds: 0 });

export class SessionTabs {
  readonly #terminals: () => Terminals;
  #tabs = new Map([[0, newTab()]]);
  #active = 0;
  #history: string[] = [];
  #editorId = 0;

  constructor(terminals: () => Terminals) {
    this.#terminals = terminals;
  }

  /** The number of the shell that is seen. */
  get active(): number { return this.#active; }
  get transcript(): TranscriptBuffer { return this.at(this.#active).transcript; }
  get editor(): EditorRequest | undefined { return this.at(this.#active).editor; }

  /** A shell; opened when it is not there. */
  at(tab: number): Tab {
    const at = this.#tabs.get(tab) ?? newTab();
    if (!this.#tabs.has(tab)) this.#tabs = new Map([...this.#tabs, [tab, at] as const].sort(([a], [b]) => a - b));
    return at;
  }

  choose(tab: number): void {
    this.at(tab);
    this.#active = tab;
  }

  /** A shell has ended: the one before it is looked at. */
  closed(tab: number): void {
    this.#tabs.delete(tab);
    if (this.#active === tab) this.#active = [...this.#tabs.keys()].findLast((other) => other < tab) ?? 0;
  }

  /** As at the beginning. */
  reset(): void {
    this.#tabs = new Map([[0, newTab()]]);
    this.#active = 0;
  }

  /** Takes a line that was typed; gives the command, once it is whole. */
  typed(line: string, tab: number): string | undefined {
    const at = this.at(tab);
    const full = at.typed ? `${at.typed}\n${line}` : line;
    this.#echo(this.#spans(tab), line, tab);
    at.typed = isIncomplete(full) ? full : '';
    if (at.typed) return undefined;
    if (full.trim() && this.#history.at(-1) !== full) this.#history = [...this.#history, full];
    return full;
  }

  /** What was being typed is given up, and stays to be seen. */
  givenUp(typed: string, tab: number): void {
    const at = this.at(tab);
    at.transcript.line([...this.#spans(tab), { text: typed, style: 'typed' }, { text: '^C' }]);
    at.typed = '';
  }

  /** A command of an attempt, at the prompt where it was typed. */
  repeated(prompt: string, typed: string, tab: number): void {
    for (const [i, line] of typed.split('\n').entries()) this.#echo(i === 0 ? [{ text: prompt, style: 'good' }] : CONTINUED, line, tab);
  }

  /** A line beside what commands print, in the shell that is seen. */
  say(text: string, style: TextStyle): void { this.transcript.line([{ text, style }]); }

  edit(tab: number, { fileName, text, style }: Omit<EditorRequest, 'id'>): void { this.at(tab).editor = { id: ++this.#editorId, fileName, text, style }; }

  /** Another cluster stands behind the shells: their editors are shut, and what a resumed mission has printed comes once more. */
  beforeLoad(isResumed: boolean): void {
    for (const tab of this.#tabs.values()) {
      tab.editor = undefined;
      if (isResumed) tab.transcript.clear();
    }
  }

  /** The cluster is there, after these commands. */
  loaded(history: string[]): void {
    this.#history = history;
    for (const [number, tab] of this.#tabs) if (!this.#terminals().isEditing(number)) tab.editor = undefined;
  }

  isRunning(tab: number): boolean { return this.at(tab).deeds > 0 || this.#terminals().at(tab).isBusy; }

  prompt(): PromptView {
    return { spans: this.#spans(this.#active), state: this.isRunning(this.#active) ? 'running' : 'ready', canExit: this.#terminals().at(this.#active).canExit, history: this.#history };
  }

  /** Where there are several. */
  views(): TabView[] | undefined {
    if (this.#tabs.size < 2) return undefined;
    return [...this.#tabs.keys()].map((tab) => ({ tab, machine: this.#terminals().at(tab).host.name, isRunning: this.isRunning(tab) }));
  }

  #spans(tab: number): PromptView['spans'] {
    return this.at(tab).typed ? CONTINUED : [{ text: this.#terminals().at(tab).prompt, style: 'good' }];
  }

  #echo(prompt: PromptView['spans'], line: string, tab: number): void {
    const { transcript } = this.at(tab);
    transcript.line([...prompt, { text: line, style: 'typed' }]);
    if (line.trim() === 'clear') transcript.clear();
  }
}
