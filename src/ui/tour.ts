/** The first-run tour: two minutes on a living cluster, a step at a time, each done by doing it. */
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
  /** Markdown, one or two sentences. */
  readonly text: string;
  /** The last step is done by nothing: it is closed. */
  isDone?(facts: TourFacts): boolean;
}

/** The cluster that is shown around. */
export const TOUR_SANDBOX = 'small';

const has = ({ mission }: TourFacts, command: RegExp) => mission.prompt.history.some((line) => command.test(line));
const podsOf = ({ mission: { cluster } }: TourFacts, owner: string) => cluster.nodes.flatMap(({ pods }) => pods).filter((pod) => pod.owner?.name === owner && !pod.isDeleting);

export const TOUR: readonly TourStep[] = [
  { text: 'Below is a shell on a cluster that lives: machines, and a control plane that steers them. Ask for them: `kubectl get nodes`', isDone: (facts) => has(facts, /^\s*(kubectl|k) get no/) },
  { text: 'Now give it work. Three web servers: `kubectl create deployment hello --image=nginx --replicas=3`. Tab completes words.', isDone: (facts) => podsOf(facts, 'hello').length > 0 },
  { text: 'A Deployment asked for Pods, the scheduler found machines for them, kubelets are starting them. See it as a map: press `Alt-v`', isDone: ({ sight }) => sight?.screen === 'explorer' },
  { text: 'Each mark is a Pod, by its machine. Arrows move, `Enter` reads what kubectl says of it, `Esc` goes back. Go back to the prompt.', isDone: ({ sight }) => sight === undefined },
  { text: 'Break something: `kubectl delete pods --all`. What was asked for stays asked for: watch three new Pods come.', isDone: (facts) => has(facts, /^\s*(kubectl|k) delete (po|pod|pods|deploy\S*)\b/) },
  { text: 'Who did that? `F10` is the x-ray of your last command: its way through the API server, and everybody who reacted.', isDone: ({ sight }) => sight?.screen === 'request' },
  { text: 'That was the tour. `Alt-?` shows the keys of where you are, `Alt-a` everything that can be done, `Alt-h` a hint in missions, `Alt-t` takes you back in time. `Alt-Enter` ends it.' },
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
  const rule = theme.glyphs.box.across;
  const title: Piece[] = [{ text: `${rule} `, style: 'focus' }, { text: 'Tour ', style: 'title' }, ...bar((step + 1) / TOUR.length, TOUR.length, 'accent', theme), { text: ` ${step + 1} of ${TOUR.length} `, style: 'dim' }];
  const keys: Piece[] = [{ text: ' Alt-Enter', style: 'key' }, { text: step === TOUR.length - 1 ? ' end' : ' next', style: 'dim' }, { text: '  Alt-q', style: 'key' }, { text: ' skip it ', style: 'dim' }];
  const head = spread(cut(title, columns, ''), keys, columns, '');
  const text = wrapWords(inline(TOUR[step]?.text ?? ''), width).slice(0, TEXT_ROWS_MAX);
  return [head.map((piece) => (/^ +$/.test(piece.text) ? { text: rule.repeat(piece.text.length), style: 'focus' as const } : piece)), ...text.map((row): Line => [{ text: '  ' }, ...row])];
}
