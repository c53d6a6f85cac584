/** The last row of the screen: what is waited for, or what can be pressed. */
import { hintsOf, type KeyHint } from './hints.ts';
import { layersOf } from './layers.ts';
import { emphasized } from './markdown.ts';
import { line, widthOf, type Line, type Piece } from './text.ts';
import type { Ui } from './ui.ts';

export function footerRow(ui: Ui): Line {
  const { busy, isQuitArmed, size } = ui.state;
  if (isQuitArmed) return [{ text: ' ' }, ...emphasized(ui.words.quitArmed, 'key')];
  if (busy) return line(` ${ui.words.busy[busy]} ${ui.theme.glyphs.ellipsis}`, 'dim');
  return hintsRow(ui, size.columns);
}

/** As many hints as there is room for; the last one (help) always. */
function hintsRow(ui: Ui, columns: number): Line {
  const hints = hintsOf(ui, layersOf(ui), (binding) => binding.says(ui.words).short);
  const last = hints.at(-1);
  const pieces: Piece[] = [{ text: ' ' }];
  let room = columns - 2 - (last ? hintWidth(last) : 0);
  for (const hint of hints.slice(0, -1)) {
    if (hintWidth(hint) > room) continue;
    room -= hintWidth(hint);
    pieces.push({ text: hint.key, style: 'key' }, { text: ` ${hint.label}   `, style: 'dim' });
  }
  if (last) pieces.push({ text: last.key, style: 'key' }, { text: ` ${last.label}`, style: 'dim' });
  return pieces;
}

const hintWidth = ({ key, label }: KeyHint) => widthOf(key) + widthOf(label) + 4;
