/** The traffic: requests, errors and latency by the second, and how much of the error budget is burnt. */
import type { Words } from '../../language/words.ts';
import type { LensView, TrafficLensView, TrafficView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import { bar, framed } from '../frame.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { harmless } from '../painter.ts';
import { EMPTY, cut, line, spread, type Line, type Piece } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import type { Style, Theme } from '../theme.ts';
import { chartRows } from './chart.ts';
import type { TrafficSight } from './sight.ts';

export function trafficOf(lens: LensView | undefined): TrafficLensView | undefined {
  return lens?.of === 'traffic' ? lens : undefined;
}

const LABEL_COLUMNS = 10;
const VALUE_COLUMNS = 12;
/** The budget's row, the empty row around it and above the charts. */
const OTHER_ROWS = 4;
const NARROWEST = 30;
const CHART_ROWS_MAX = 14;
/** What is usual fills three quarters of its chart. */
const HEADROOM = 4 / 3;
/** Quicker answers than this need no telling apart. */
const LATENCY_TOP_MS = 20;

/** Everything between the header and the footer: the chosen source, the others by name. */
export function trafficFrame({ lens }: MissionView, { source }: TrafficSight, { columns, rows }: Size, theme: Theme): Line[] {
  const height = rows - 2;
  const shown = trafficOf(lens);
  const chosen = shown?.sources[Math.min(source, shown.sources.length - 1)];
  const title: Line = [{ text: theme.words.traffic.title, style: 'title' }, { text: chosen ? ` ${harmless(chosen.name)} ${theme.glyphs.leads} ${harmless(chosen.to)}` : '', style: 'dim' }];
  const note = shown && shown.sources.length > 1 ? line(theme.words.of(Math.min(source, shown.sources.length - 1) + 1, shown.sources.length), 'dim') : EMPTY;
  const inner = { width: columns - 4, height: height - 2 };
  const body = chosen ? sourceRows(chosen, inner, theme) : wrapWords(line(shown ? theme.words.traffic.nobody : theme.words.looking, 'dim'), inner.width);
  return framed(body, { title, note, width: columns, height, isFocused: true }, theme);
}

function sourceRows(traffic: TrafficView, { width, height }: { width: number; height: number }, theme: Theme): Line[] {
  const { seconds, rate } = traffic;
  const { traffic: words, number } = theme.words;
  const round = (value: number) => number(value, value < 10 && !Number.isInteger(value) ? 1 : 0);
  const last = seconds.at(-1);
  const chartColumns = Math.max(NARROWEST, width - LABEL_COLUMNS - VALUE_COLUMNS);
  const chartHeight = Math.max(1, Math.min(CHART_ROWS_MAX, Math.floor((height - OTHER_ROWS - 3) / 3)));
  const chart = (label: string, value: Line, values: readonly number[], style: Style, max?: number): Line[] => [
    EMPTY, ...chartRows(values, { width: chartColumns, height: chartHeight, style, theme, max }).map((row, index): Line => {
      const name = index === chartHeight - 1 ? label : '';
      return [{ text: name.padEnd(LABEL_COLUMNS), style: 'dim' }, ...row, ...(index === chartHeight - 1 ? [{ text: ' ' }, ...value] : [])];
    }),
  ];
  const peak = Math.max(...seconds.map(({ sent }) => sent), rate, 1) * HEADROOM;
  const slowest = Math.max(...seconds.map(({ medianMs = 0 }) => medianMs), LATENCY_TOP_MS);
  return [
    spread(sumPieces(traffic, theme), line(seconds.length > 0 ? words.last(Math.min(chartColumns, seconds.length)) : '', 'dim'), width, theme.glyphs.ellipsis),
    ...chart(words.requests, valuePieces(`${round(rate)}/s`), seconds.map(({ sent }) => sent), 'accent', peak),
    ...chart(words.errors, valuePieces(`${round(last?.failed ?? 0)}/s`, last && last.failed > 0 ? 'bad' : 'good'), seconds.map(({ failed }) => failed), 'bad', peak),
    ...chart(words.latency, valuePieces(last?.medianMs === undefined ? words.noAnswer : `${round(last.medianMs)} ms`, last?.medianMs === undefined ? 'bad' : 'plain'), seconds.map(({ medianMs = 0 }) => medianMs), 'warning', slowest),
    EMPTY, ...budgetRows(traffic, width, theme),
  ].slice(0, height);
}

const valuePieces = (text: string, style: Style = 'plain'): Line => [{ text, style }];

function sumPieces({ sent, failed }: TrafficView, { words }: Theme): Piece[] {
  const share = sent > 0 ? (sent - failed) / sent : 1;
  return [{ text: percent(share, words), style: share >= 0.999 ? 'good' : share >= 0.95 ? 'warning' : 'bad' }, { text: ` ${words.traffic.sum(Math.round(sent), Math.round(failed))}`, style: 'dim' }];
}

const percent = (share: number, { number }: Words) => `${number(Math.floor(share * 10_000) / 100, share > 0.99 && share < 1 ? 2 : 1)} %`;

/** What may fail, and how much of it has. */
function budgetRows({ sent, failed, wanted }: TrafficView, width: number, theme: Theme): Line[] {
  const { traffic: words } = theme.words;
  if (wanted === undefined) return [line(words.noBudget, 'dim')];
  const allowed = (1 - wanted) * sent;
  const burnt = allowed > 0 ? failed / allowed : failed > 0 ? Infinity : 0;
  const style: Style = burnt >= 1 ? 'bad' : burnt > 0.5 ? 'warning' : 'good';
  const said = burnt >= 1 ? words.usedUp : words.burnt(Math.round(burnt * 100));
  return [cut([
    { text: words.budget.padEnd(LABEL_COLUMNS), style: 'dim' }, ...bar(burnt, Math.max(10, Math.min(40, width - 60)), style, theme), { text: ` ${said}`, style },
    { text: `  ${words.allowed(Math.round(failed), Math.round(allowed), percent(wanted, theme.words))}`, style: 'dim' },
  ], width, theme.glyphs.ellipsis)];
}
