/** Does what the screens ask for. */
import type { Game, MissionActions } from '../../engine/view.ts';
import { textOf } from '../text-editor.ts';
import type { Deed } from './deeds.ts';
import type { Message } from './next.ts';

/** What lies outside of the game. */
export interface Doors {
  exit(): void;
  suspend?(): void;
  begin?(): Promise<void>;
}

/** The message to answer with, when there is one to wait for. */
type Answer = Promise<Message | void> | void;

export function perform(deed: Deed, game: Game, doors: Doors): Answer {
  switch (deed.do) {
    case 'exit': return doors.exit();
    case 'suspend': return doors.suspend?.();
    case 'begin': return doors.begin?.();
    case 'createPlayer': return game.createPlayer(deed.name);
    case 'choosePlayer': return game.choosePlayer(deed.id);
    case 'changeSettings': return game.changeSettings(deed.change);
    case 'startLevel': return game.startLevel(deed.id, optionsOf(deed));
    case 'startSandbox': return game.startSandbox(deed.size);
  }
  const mission = game.mission();
  return mission ? performIn(mission, deed) : Promise.resolve();
}

function optionsOf({ fresh, unlock }: { fresh?: boolean; unlock?: boolean }): { fresh?: boolean; unlock?: boolean } {
  return { ...(fresh ? { fresh } : {}), ...(unlock ? { unlock } : {}) };
}

type MissionDeed = Exclude<Deed, { do: 'exit' | 'suspend' | 'begin' | 'createPlayer' | 'choosePlayer' | 'changeSettings' | 'startLevel' | 'startSandbox' }>;

function performIn(mission: MissionActions, deed: MissionDeed): Answer {
  switch (deed.do) {
    case 'retry': return mission.retry();
    case 'quit': return mission.quit();
    case 'undo': return mission.undoLastCommand();
    case 'fork': return mission.fork(deed.elapsedMs);
    case 'openDoor': case 'closeDoor': return mission.toggleDoor();
    case 'stepTime': return mission.stepTime();
    case 'setSpeed': return mission.setSpeed(deed.speed);
    case 'takeHint': return mission.takeHint();
    case 'askWhy': return mission.askWhy(deed.ref);
    case 'look': return mission.look(deed.lens);
    case 'submit': return mission.submit(deed.line);
    case 'interrupt': return mission.interrupt(deed.typed);
    case 'endInput': return mission.endInput();
    case 'clear': return mission.clear();
    case 'chooseTab': return mission.chooseTab(deed.tab);
    case 'closeEditor': return mission.closeEditor(deed.written);
    case 'checkText': return mission.checkText(textOf(deed.buffer)).then((problems) => ({ type: 'checked', buffer: deed.buffer, problems }));
    case 'completeField': return mission.completeField(deed.buffer.lines, deed.buffer.row, deed.buffer.column).then((found) => ({ type: 'fieldsFound', buffer: deed.buffer, found }));
    case 'complete': return mission.complete(deed.line.text, deed.line.cursor).then((found) => ({ type: 'completed', line: deed.line, found }));
    case 'explainWord': return mission.explainWord(deed.line.text, deed.line.cursor).then((help) => ({ type: 'explained', help }));
  }
}
