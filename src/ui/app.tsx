/** The screens as React sees them: each draws rows from plain data; what did not change is not drawn again. */
import { Box } from 'ink';
import SelectInput from 'ink-select-input';
import { useSyncExternalStore, type ReactNode } from 'react';
import type { GameView } from '../engine/view.ts';
import { cardOf, type Card } from './dialogs.ts';
import { footer } from './keys.ts';
import { emphasized } from './markdown.ts';
import { isTooSmall, SMALLEST_SIZE } from './layout.ts';
import { layersOf } from './layers.ts';
import { Frame, Rows } from './rows.tsx';
import { levelsRows } from './screens/levels.ts';
import { logoRows } from './screens/logo.ts';
import { menuOf, type Menu } from './screens/menus.ts';
import { missionFrame } from './screens/mission.ts';
import { progressFrame } from './screens/progress.ts';
import { worldMapFrame } from './screens/world-map.ts';
import type { RowTable } from './terminal/row-table.ts';
import { EMPTY, line, lineWidth, overlaid, steppedBack, widthOf, type Line, type Painter } from './text.ts';
import type { Size } from './terminal/screen-writer.ts';
import { tourRows } from './tour.ts';
import type { Ui } from './ui.ts';

interface Props {
  ui: Ui;
  table: RowTable;
}

/** The whole screen. */
export function App({ ui, table }: Props): ReactNode {
  const state = useSyncExternalStore(ui.subscribe, () => ui.state);
  const view = useSyncExternalStore(ui.subscribeGame, () => ui.shown);
  const { painter } = ui;
  table.isWhole = false; // until a Frame says otherwise
  if (isTooSmall(state.size)) return <TooSmall painter={painter} size={state.size} />;
  const card = ui.dialog && cardOf(ui, ui.dialog);
  const rows = screenRows(ui, view);
  if (rows) return <Frame rows={[...behind(rows, card), footerRow(ui)]} painter={painter} table={table} />;
  return (
    <Box width={state.size.columns} height={state.size.rows} flexDirection="column">
      <Title ui={ui} isBehind={card !== undefined} />
      <Rows rows={[footerRow(ui)]} painter={painter} />
      {card && <Box position="absolute" marginLeft={card.left} marginTop={card.top}><Rows rows={card.rows} painter={painter} /></Box>}
    </Box>
  );
}

/** The screens that fill every row but the last; undefined for the menus, which are laid out by Ink. */
function screenRows(ui: Ui, view: GameView): Line[] | undefined {
  const { screen, size, mission, levels, tour } = ui.state;
  if (screen === 'mission' && view.mission) return [...missionFrame({ view: view.mission, ui: mission, size: ui.room, theme: ui.theme }), ...(tour ? tourRows(tour, size.columns, ui.theme) : [])];
  if (screen === 'levels') return [levelsHeader(view), ...levelsRows({ worlds: view.worlds, levels, size }, ui.theme)];
  if (screen === 'map') return [levelsHeader(view), ...worldMapFrame({ worlds: view.worlds, levels, size }, ui.theme)];
  if (screen === 'progress' && view.practice) return [levelsHeader(view), ...progressFrame(view, view.practice, ui.state.menuIndex, size, ui.theme)];
  return undefined;
}

/** The screen without its colours, and the card on it. */
function behind(rows: readonly Line[], card: Card | undefined): readonly Line[] {
  if (!card) return rows;
  return rows.map((row, index) => {
    const over = card.rows[index - card.top];
    return over ? overlaid(steppedBack(row), over, card.left) : steppedBack(row);
  });
}

function levelsHeader({ player }: GameView): Line {
  return [{ text: ' kube-quest', style: 'logo' }, { text: player ? `  ${player.name}` : '', style: 'dim' }];
}

function footerRow(ui: Ui): Line {
  const { busy, isQuitArmed, size } = ui.state;
  if (isQuitArmed) return [{ text: ' ' }, ...emphasized(ui.words.quitArmed, 'key')];
  if (busy) return line(` ${busy} ${ui.theme.glyphs.ellipsis}`, 'dim');
  return footer(ui, layersOf(ui), size.columns);
}

function Title({ ui, isBehind }: { ui: Ui; isBehind: boolean }): ReactNode {
  const { size, screen } = ui.state;
  const logo = logoRows(ui.theme);
  const left = Math.max(0, Math.floor((size.columns - Math.max(...logo.map(lineWidth))) / 2));
  const gap = size.rows >= 28 ? 2 : 1;
  return (
    <Box flexGrow={1} flexDirection="column" paddingLeft={left} paddingTop={Math.max(1, Math.floor(size.rows / 2) - 10)}>
      <Rows rows={[...logo, EMPTY, line(ui.words.title.motto, 'dim')]} painter={ui.painter} isBehind={isBehind} />
      <Box height={gap} />
      {screen === 'name' ? <NameEntry ui={ui} /> : <MenuList menu={menuOf(ui)} index={ui.state.menuIndex} isBehind={isBehind} painter={ui.painter} rows={size.rows} />}
    </Box>
  );
}

function NameEntry({ ui }: { ui: Ui }): ReactNode {
  const { text, cursor } = ui.state.name;
  const rows: Line[] = [
    line(ui.words.title.nameQuestion, 'title'), EMPTY,
    [{ text: `${ui.theme.glyphs.pointer} `, style: 'key' }, { text: text.slice(0, cursor) }, { text: text[cursor] ?? ' ', style: 'cursor' }, { text: text.slice(cursor + 1) }],
    EMPTY, line(ui.words.title.nameNote, 'dim'),
  ];
  return <Rows rows={rows} painter={ui.painter} />;
}

interface MenuListProps {
  menu: Menu;
  index: number;
  isBehind: boolean;
  painter: Painter;
  rows: number;
}

function MenuList({ menu, index, isBehind, painter, rows }: MenuListProps): ReactNode {
  const items = menu.items.map((item) => ({ key: item.key, value: item.key, label: item.label }));
  const byKey = new Map(menu.items.map((item) => [item.key, item]));
  const labelColumns = Math.max(...menu.items.map(({ label }) => widthOf(label))) + 3;
  const itemRow = (key: string, isSelected: boolean): Line => {
    const { label = '', note = '' } = byKey.get(key) ?? {};
    return [{ text: label.padEnd(labelColumns), style: isSelected ? 'strong' : 'plain' }, { text: note, style: isSelected ? 'accent' : 'dim' }];
  };
  // SelectInput hands its item component the whole item; its types know of the label only.
  const Item = ({ isSelected = false, ...item }: { isSelected?: boolean; label: string; value?: string }) => <Rows rows={[itemRow(item.value ?? '', isSelected)]} painter={painter} isBehind={isBehind} />;
  const Mark = ({ isSelected = false }: { isSelected?: boolean }) => <Rows rows={[[{ text: isSelected ? `${painter.theme.glyphs.pointer} ` : '  ', style: 'key' }]]} painter={painter} />;
  return (
    <Box flexDirection="column">
      {menu.title && <Rows rows={[line(menu.title, 'title'), EMPTY]} painter={painter} />}
      {/* The marked line is our state: a new key makes the widget begin there. */}
      <SelectInput key={`${menu.title}${index}`} items={items} initialIndex={index} limit={Math.max(4, rows - 13)} isFocused={false} indicatorComponent={Mark} itemComponent={Item} />
    </Box>
  );
}

function TooSmall({ painter, size }: { painter: Painter; size: Size }): ReactNode {
  const { needs, has, advice } = painter.theme.words.tooSmall;
  const rows = [line(needs(SMALLEST_SIZE), 'strong'), line(has(`${size.columns}x${size.rows}`), 'dim'), line(advice, 'dim')];
  return <Box width={size.columns} height={size.rows} alignItems="center" justifyContent="center" overflow="hidden"><Rows rows={rows} painter={painter} /></Box>;
}
