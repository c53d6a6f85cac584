/** An attempt seen again: its inputs come by themselves, at the instants at which they were made. */
import type { Attempt, Input } from './mission/attempt.ts';
import type { MissionSession } from './mission-session.ts';
import { refOf, type Lens } from './lens/lens-view.ts';
import type { Completion, FieldCompletion, MissionActions, MissionView, Speed, TextProblem } from './view.ts';

const PIECE_MS = 1000;

export class ReplaySession implements MissionActions {
  /** A session that has just begun, of the attempt's level and seed. */
  readonly #session: MissionSession;
  readonly #changed: () => void;
  #inputs: readonly Input[];
  readonly #endMs: number;
  #speed: Speed = 1;
  #owedMs = 0;
  #view: { of: MissionView; speed: Speed; shown: MissionView } | undefined;

  constructor(session: MissionSession, { inputs, elapsedMs }: Attempt, changed: () => void) {
    this.#session = session;
    this.#inputs = inputs;
    this.#endMs = elapsedMs;
    this.#changed = changed;
  }

  get attempt(): Attempt { return this.#session.attempt; }
  readonly isSandbox = false;
  /** Whether everything that was done has been shown. */
  get isOver(): boolean { return this.#inputs.length === 0 && (this.#elapsedMs >= this.#endMs || this.#session.view().debrief !== undefined); }

  view(): MissionView {
    const of = this.#session.view();
    if (this.#view?.of !== of || this.#view.speed !== this.#speed) this.#view = { of, speed: this.#speed, shown: { ...of, speed: this.isOver ? 'paused' : this.#speed, isReplay: true } };
    return this.#view.shown;
  }

  setSpeed(speed: Speed): void {
    this.#speed = speed;
    this.#changed();
  }

  /** Lets time pass and takes the inputs that fall into it. */
  async tick(realMs: number): Promise<void> {
    if (this.#speed === 'paused' || this.isOver) return;
    this.#owedMs += Math.min(realMs, PIECE_MS) * this.#speed;
    for (let [next] = this.#inputs; ; [next] = this.#inputs) {
      const untilMs = Math.min(next?.atMs ?? this.#endMs, this.#elapsedMs + Math.floor(this.#owedMs));
      await this.#passUntil(untilMs);
      if (!next || this.#elapsedMs < next.atMs || this.#session.view().debrief) return;
      await this.#take(next);
    }
  }

  async #passUntil(untilMs: number): Promise<void> {
    while (this.#elapsedMs < untilMs && !this.#session.view().debrief) {
      const ms = Math.min(PIECE_MS, untilMs - this.#elapsedMs);
      await this.#session.tick(ms);
      this.#owedMs = Math.max(0, this.#owedMs - ms);
    }
  }

  async #take(input: Input): Promise<void> {
    this.#inputs = this.#inputs.slice(1);
    if (input.do === 'run') this.#session.submit(input.line, input.tab ?? 0);
    else if (input.do === 'interrupt') this.#session.interrupt(undefined, input.tab ?? 0);
    else if (input.do === 'edit') this.#session.closeEditor(input.text ?? undefined, input.tab ?? 0);
    else if (input.do === 'why') this.#session.askWhy(refOf(input.about));
    else if (input.do === 'outside') this.#session.repeatOutside(input);
    else this.#session.takeHint();
    await this.#session.tick(0); // it has been taken in
  }

  get #elapsedMs(): number { return this.#session.view().elapsedMs; }

  checkText(text: string): Promise<readonly TextProblem[] | undefined> { return this.#session.checkText(text); }
  completeField(lines: readonly string[], row: number, column: number): Promise<FieldCompletion> { return this.#session.completeField(lines, row, column); }
  complete(text: string, cursor: number): Promise<Completion> { return this.#session.complete(text, cursor); }
  explainWord(text: string, cursor: number): Promise<{ title: string; text: string } | undefined> { return this.#session.explainWord(text, cursor); }
  look(lens: Lens | undefined): void { this.#session.look(lens); }
  clear(): void { this.#session.clear(); }
  /** Looks at another shell of whoever played. */
  chooseTab(tab: number): void { if (this.view().tabs?.some((one) => one.tab === tab)) this.#session.chooseTab(tab); }
  quit(): Promise<void> { return this.#session.quit(); }
  tell(text: string): void { this.#session.tell(text); }
  /** A second on, then a halt. */
  async stepTime(): Promise<void> {
    this.#speed = 1;
    await this.tick(PIECE_MS);
    this.setSpeed('paused');
  }

  async fork(): Promise<void> {}
  /** What is past cannot be changed by who watches. */
  submit(): void {}
  interrupt(): void {}
  endInput(): void {}
  takeHint(): void {}
  askWhy(): void {}
  closeEditor(): void {}
  async undoLastCommand(): Promise<void> {}
  async toggleDoor(): Promise<void> {}
  async closeDoor(): Promise<void> {}
  async reload(): Promise<void> {}
  async retry(): Promise<void> {}
}
