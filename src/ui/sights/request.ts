/** The x-ray of a command: through the API server stage by stage, then who reacted and when, then how the scheduler chose. */
import type { LensView, RequestLensView, StageView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { rememberLast } from '../remember.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { harmless } from '../painter.ts';
import { EMPTY, column, cut, line, widthOf, type Line } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import { healthStyle, type Theme } from '../theme.ts';
import type { RequestSight } from './sight.ts';

const STAGE_COLUMNS = 17;
const TIME_COLUMNS = 10;

export function requestOf(lens: LensView | undefined): RequestLensView | undefined {
  return lens?.of === 'request' ? lens : undefined;
}

/** Everything between the header and the footer. */
export function requestFrame(view: MissionView, sight: RequestSight, { columns, rows: screenRows }: Size, theme: Theme): Line[] {
  const lens = requestOf(view.lens);
  const height = screenRows - 2;
  const rows = requestRows(lens, columns - 4, theme);
  const offset = clampScroll(sight.scroll, height - 2, rows.length);
  const note = lens && lens.count > 0 ? line(theme.words.xray.count(lens.count - lens.back, lens.count), 'dim') : EMPTY;
  return framed(rows.slice(offset, offset + height - 2), { title: line(theme.words.xray.title, 'title'), note, width: columns, height, isFocused: true, foot: scrollNote(offset, height - 2, rows.length, theme) }, theme);
}

/** All rows; drawn again only when the lens shows something else. */
export const requestRows = rememberLast((lens: RequestLensView | undefined, width: number, theme: Theme): Line[] => {
  if (!lens) return [line(theme.words.looking, 'dim')];
  if (!lens.line) return wrapWords(line(theme.words.xray.nothing, 'dim'), width);
  const [first = ''] = lens.line.split('\n');
  return [
    cut([{ text: '$ ', style: 'dim' }, { text: harmless(first), style: 'code' }], width, theme.glyphs.ellipsis),
    ...lens.requests.flatMap((request) => [EMPTY, ...pathRows(request, width, theme), ...request.stages.flatMap((each) => stageRows(each, width, theme))]),
    ...reactionRows(lens, width, theme), ...lens.attempts.flatMap((attempt) => attemptRows(attempt, width, theme)),
  ];
});

function pathRows({ method, path, code }: RequestLensView['requests'][number], width: number, theme: Theme): Line[] {
  return [cut([{ text: `${method} `, style: 'strong' }, { text: harmless(decodeURIComponent(path)) }, { text: `  ${code}`, style: code < 400 ? 'good' : 'bad' }], width, theme.glyphs.ellipsis)];
}

function stageRows({ name, health, text }: StageView, width: number, theme: Theme): Line[] {
  return wrapWords([{ text: `  ${theme.glyphs.health[health]} `, style: healthStyle[health] }, { text: name.padEnd(STAGE_COLUMNS - 2), style: 'dim' }, { text: harmless(text), style: health === 'bad' ? 'bad' : 'plain' }], width, STAGE_COLUMNS + 2);
}

function reactionRows({ reactions, requests }: RequestLensView, width: number, theme: Theme): Line[] {
  if (reactions.length === 0) return requests.some(({ method, code }) => method !== 'GET' && code < 300) ? [EMPTY, line(theme.words.xray.nobody, 'dim')] : [];
  const names = Math.min(34, Math.max(...reactions.map(({ who }) => widthOf(who))));
  return [EMPTY, line(theme.words.xray.whoReacted, 'heading'), ...reactions.flatMap(({ afterMs, who, text }) => wrapWords([
    { text: `+${(afterMs / 1000).toFixed(3)}s`.padStart(TIME_COLUMNS), style: 'dim' }, { text: ` ${column(who, names, theme.glyphs.ellipsis)} `, style: 'accent' }, { text: harmless(text) },
  ], width, TIME_COLUMNS + names + 2))];
}

/** A row a node: what each plugin gave it, or which one refused it. */
function attemptRows({ pod, chosen, message, number, nodes, rejectedBy }: RequestLensView['attempts'][number], width: number, theme: Theme): Line[] {
  const { glyphs: { ellipsis, pointer }, words: { xray: words } } = theme;
  const plugins = [...new Set(nodes.flatMap(({ scores }) => Object.keys(scores ?? {})))];
  const names = Math.min(24, Math.max(8, ...nodes.map(({ node }) => widthOf(node))));
  const title: Line = [{ text: `${words.scheduler} `, style: 'heading' }, { text: `${words.attempt(pod, number)} ` }, chosen ? { text: chosen, style: 'good' } : { text: rejectedBy ? words.rejectedBy(rejectedBy) : words.noNode, style: 'bad' }];
  const header = plugins.length > 0 ? [cut(line(`${' '.repeat(names + 2)} ${words.total.padStart(6)} ${plugins.map((name) => column(shortPlugin(name), 11, ellipsis).padStart(12)).join('')}`, 'dim'), width, ellipsis)] : [];
  return [
    EMPTY, cut(title, width, ellipsis), ...(message ? wrapWords(line(`  ${harmless(message)}`, 'warning'), width, 2) : []), ...header,
    ...nodes.map((outcome): Line => {
      const lead: Line = [{ text: outcome.node === chosen ? `${pointer} ` : '  ', style: 'accent' }, { text: column(outcome.node, names, ellipsis), style: outcome.node === chosen ? 'strong' : 'plain' }];
      if (outcome.filteredBy) return cut([...lead, { text: ` ${words.refusedBy(outcome.filteredBy, (outcome.reasons ?? []).join(', '))}`, style: 'bad' }], width, ellipsis);
      const scores = plugins.map((name) => String(outcome.scores?.[name] ?? '').padStart(12)).join('');
      return cut([...lead, { text: outcome.total === undefined ? ` ${words.onlyOne}` : ` ${String(outcome.total).padStart(6)} `, style: 'strong' }, { text: scores }], width, ellipsis);
    }),
  ];
}

const shortPlugin = (name: string) => name.replace('NodeResources', '').replace('Allocation', '').replace('TopologySpread', 'Spread');
