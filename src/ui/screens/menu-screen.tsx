/** The screens between the levels: the logo, and below it a menu or the question for a name. Laid out by Ink. */
import { Box } from 'ink';
import SelectInput from 'ink-select-input';
import type { ReactNode } from 'react';
import { Rows } from '../rows.tsx';
import type { Painter } from '../painter.ts';
import { EMPTY, line, lineWidth, widthOf, type Line } from '../text.ts';
import type { Ui } from '../ui.ts';
import { logoRows } from './logo.ts';
import { menuOf, type Menu } from './menus.ts';

export function MenuScreen({ ui, painter, isBehind }: { ui: Ui; painter: Painter; isBehind: boolean }): ReactNode {
  const { size, screen } = ui.state;
  const logo = logoRows(ui.theme);
  const left = Math.max(0, Math.floor((size.columns - Math.max(...logo.map(lineWidth))) / 2));
  const gap = size.rows >= 28 ? 2 : 1;
  return (
    <Box flexGrow={1} flexDirection="column" paddingLeft={left} paddingTop={Math.max(1, Math.floor(size.rows / 2) - 10)}>
      <Rows rows={[...logo, EMPTY, line(ui.words.title.motto, 'dim')]} painter={painter} isBehind={isBehind} />
      <Box height={gap} />
      {screen === 'name' ? <NameEntry ui={ui} painter={painter} /> : <MenuList menu={menuOf(ui)} index={ui.state.menuIndex} isBehind={isBehind} painter={painter} rows={size.rows} />}
    </Box>
  );
}

function NameEntry({ ui, painter }: { ui: Ui; painter: Painter }): ReactNode {
  const { text, cursor } = ui.state.name;
  const rows: Line[] = [
    line(ui.words.title.nameQuestion, 'title'), EMPTY,
    [{ text: `${ui.theme.glyphs.pointer} `, style: 'key' }, { text: text.slice(0, cursor) }, { text: text[cursor] ?? ' ', style: 'cursor' }, { text: text.slice(cursor + 1) }],
    EMPTY, line(ui.words.title.nameNote, 'dim'),
  ];
  return <Rows rows={rows} painter={painter} />;
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
