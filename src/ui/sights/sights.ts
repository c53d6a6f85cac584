/** Opening, changing and closing what lies over the panes. */
import { inserted, EMPTY_LINE } from '../line-editor.ts';
import type { Ui } from '../ui.ts';
import type { Sight } from './sight.ts';

export function openSight(ui: Ui, sight: Sight): void {
  ui.changeMission({ sight, isTyping: false });
}

/** Changes the sight if it is the one on the screen. */
export function changeSight<S extends Sight['screen']>(ui: Ui, screen: S, change: Partial<Extract<Sight, { screen: S }>>): void {
  const { sight } = ui.state.mission;
  if (sight?.screen !== screen) return;
  ui.changeMission({ sight: { ...sight, ...change } });
}

/** Back to the panes, with the prompt at hand. */
export function closeSight(ui: Ui): void {
  ui.changeMission({ sight: undefined, focus: 'terminal', isTyping: ui.game.view().mission?.debrief === undefined });
}

/** The command that shows what is looked at, on the prompt and not yet run. */
export function typeCommand(ui: Ui): void {
  const lens = ui.game.view().mission?.lens;
  if (lens && 'command' in lens) typeLine(ui, lens.command);
}

export function typeLine(ui: Ui, command: string): void {
  closeSight(ui);
  ui.changeMission({ line: inserted(EMPTY_LINE, command) });
}
