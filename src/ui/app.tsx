/** The whole screen as React sees it: rows from plain data; what did not change is not drawn again. */
import { Box } from 'ink';
import { useSyncExternalStore, type ReactNode } from 'react';
import { cardOf, type Card } from './dialogs/card.ts';
import { footerRow } from './footer.ts';
import { isTooSmall, SMALLEST_SIZE } from './layout.ts';
import { rememberLast } from './remember.ts';
import { Frame, Rows } from './rows.tsx';
import { MenuScreen } from './screens/menu-screen.tsx';
import { screenRows } from './screens/screen-rows.ts';
import type { Store } from './store.ts';
import type { RowTable } from './terminal/row-table.ts';
import { Painter } from './painter.ts';
import { line, overlaid, steppedBack, type Line } from './text.ts';
import type { Theme } from './theme.ts';
import type { Ui } from './ui.ts';

const painterOf = rememberLast((theme: Theme) => new Painter(theme));

export function App({ store, table }: { store: Store; table: RowTable }): ReactNode {
  const ui = useSyncExternalStore(store.subscribe, () => store.shown);
  const painter = painterOf(ui.theme);
  const { columns, rows: height } = ui.state.size;
  table.isWhole = false; // until a Frame says otherwise
  if (isTooSmall(ui.state.size)) return <TooSmall ui={ui} painter={painter} />;
  const card = ui.dialog && cardOf(ui, ui.dialog);
  const rows = screenRows(ui);
  if (rows) return <Frame rows={[...behind(rows, card), footerRow(ui)]} painter={painter} table={table} />;
  return (
    <Box width={columns} height={height} flexDirection="column">
      <MenuScreen ui={ui} painter={painter} isBehind={card !== undefined} />
      <Rows rows={[footerRow(ui)]} painter={painter} />
      {card && <Box position="absolute" marginLeft={card.left} marginTop={card.top}><Rows rows={card.rows} painter={painter} /></Box>}
    </Box>
  );
}

/** The screen without its colours, and the card on it. */
function behind(rows: readonly Line[], card: Card | undefined): readonly Line[] {
  if (!card) return rows;
  return rows.map((row, index) => {
    const over = card.rows[index - card.top];
    return over ? overlaid(steppedBack(row), over, card.left) : steppedBack(row);
  });
}

function TooSmall({ ui, painter }: { ui: Ui; painter: Painter }): ReactNode {
  const { state: { size }, words: { tooSmall: { needs, has, advice } } } = ui;
  const rows = [line(needs(SMALLEST_SIZE), 'strong'), line(has(`${size.columns}x${size.rows}`), 'dim'), line(advice, 'dim')];
  return <Box width={size.columns} height={size.rows} alignItems="center" justifyContent="center" overflow="hidden"><Rows rows={rows} painter={painter} /></Box>;
}
