/** What the screens ask of the game and of the terminal, as data; the store does it. */
import type { EditedLine } from '../line-editor.ts';
import type { ObjectRef, Lens } from '../../engine/lens/lens-view.ts';
import type { Settings, Speed } from '../../engine/view.ts';
import type { TextEditor } from '../text-editor.ts';
import type { Words } from '../../language/words.ts';
import type { Screen } from './state.ts';

export type Deed =
  | { do: 'exit' }
  /** Gives the terminal to the shell that started the game, until it is called back. */
  | { do: 'suspend' }
  /** What the game was started for. */
  | { do: 'begin' }
  | { do: 'createPlayer'; name: string }
  | { do: 'choosePlayer'; id: string }
  | { do: 'changeSettings'; change: Partial<Settings> }
  | { do: 'startLevel'; id: string; fresh?: boolean; unlock?: boolean }
  | { do: 'startSandbox'; size: string; isTour?: boolean }
  | { do: 'retry' }
  | { do: 'quit'; to: Screen }
  | { do: 'undo' }
  | { do: 'fork'; elapsedMs: number }
  | { do: 'openDoor' }
  | { do: 'closeDoor' }
  | { do: 'stepTime' }
  | { do: 'setSpeed'; speed: Speed }
  | { do: 'takeHint' }
  | { do: 'askWhy'; ref: ObjectRef }
  | { do: 'look'; lens: Lens | undefined }
  | { do: 'submit'; line: string }
  | { do: 'interrupt'; typed?: string }
  | { do: 'endInput' }
  | { do: 'clear' }
  | { do: 'chooseTab'; tab: number }
  | { do: 'closeEditor'; written: string | undefined }
  | { do: 'checkText'; buffer: TextEditor }
  | { do: 'completeField'; buffer: TextEditor }
  | { do: 'complete'; line: EditedLine }
  | { do: 'explainWord'; line: EditedLine };

/** What is said while one waits for it; keys wait too. Others go on in passing. */
export const BUSY: Partial<Record<Deed['do'], keyof Words['busy']>> = {
  begin: 'scene', startLevel: 'scene', retry: 'scene', startSandbox: 'cluster', createPlayer: 'saving', choosePlayer: 'opening', changeSettings: 'saving',
  quit: 'saving', undo: 'back', fork: 'back', openDoor: 'openingDoor', closeDoor: 'closingDoor',
};
