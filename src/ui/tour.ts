/** The first-run tour: two minutes on a living cluster, a step at a time, each done by doing it. */
import type { Words } from '../language/words.ts';
import type { MissionView } from '../engine/view.ts';
import { bar } from './frame.ts';
import { inline } from './markdown.ts';
import type { Sight } from './sights/sight.ts';
import { cut, spread, wrapWords, type Line, type Piece } from './text.ts';
import type { Theme } from './theme.ts';

export interface Tour { readonly step: number }

/** What the tour looks at to know that a step is done. */
export interface TourFacts { readonly mission: MissionView; readonly sight?: Sight }

interface TourStep {
  readonly name: keyof Words['tour']['steps'];
  /** The last step is done by nothing: it is closed. */
  isDone?(facts: TourFacts): boolean;
}

/** The cluster that is shown around. */
export const TOUR_SANDBOX = 'small';

const has = ({ mission }: TourFacts, command: RegExp) => mission.prompt.history.some((line) => command.test(line));
const podsOf = ({ mission: { cluster } }: TourFacts, owner: string) => cluster.nodes.flatMap(({ pods }) => pods).filter((pod) => pod.owner?.name === owner && !pod.isDeleting);

export const TOUR: readonly TourStep[] = [
  { name: 'nodes', isDone: (facts) => has(facts, /^\s*(kubectl|k) get no/) },
  { name: 'create', isDone: (facts) => podsOf(facts, 'hello').length > 0 },
  { name: 'map', isDone: ({ sight }) => sight?.screen === 'explorer' },
  { name: 'look', isDone: ({ sight }) => sight === undefined },
  { name: 'break', isDone: (facts) => has(facts, /^\s*(kubectl|k) delete (po|pod|pods|deploy\S*)\b/) },
  { name: 'xray', isDone: ({ sight }) => sight?.screen === 'request' },
  { name: 'end' },
];

/** The tour after what has happened: on to the next step when the present one is done. */
export function tourAfter(tour: Tour, facts: TourFacts): Tour {
  return TOUR[tour.step]?.isDone?.(facts) ? { step: tour.step + 1 } : tour;
}

/** Rows of the strip above the footer; the text never needs more. */
const TEXT_ROWS_MAX = 4;

/** The strip: how far one is, what to do, and how to get rid of it. */
export function tourRows({ step }: Tour, columns: number, theme: Theme): Line[] {
  const width = columns - 4;
  const { glyphs: { box: { across: rule } }, words: { of, tour: words } } = theme;
  const title: Piece[] = [{ text: `${rule} `, style: 'focus' }, { text: `${words.title} `, style: 'title' }, ...bar((step + 1) / TOUR.length, TOUR.length, 'accent', theme), { text: ` ${of(step + 1, TOUR.length)} `, style: 'dim' }];
  const keys: Piece[] = [{ text: ' Alt-Enter', style: 'key' }, { text: ` ${step === TOUR.length - 1 ? words.end : words.next}`, style: 'dim' }, { text: '  Alt-q', style: 'key' }, { text: ` ${words.skip} `, style: 'dim' }];
  const head = spread(cut(title, columns, ''), keys, columns, '');
  const text = wrapWords(inline(TOUR[step] ? words.steps[TOUR[step].name] : ''), width).slice(0, TEXT_ROWS_MAX);
  return [head.map((piece) => (/^ +$/.test(piece.text) ? { text: rule.repeat(piece.text.length), style: 'focus' as const } : piece)), ...text.map((row): Line => [{ text: '  ' }, ...row])];
}
