/** The first-run tour: two minutes on a living cluster, a step at a time, each done by doing it. */
import type { Words } from '../language/words.ts';
import type { MissionView } from '../engine/view.ts';
import type { Sight } from './sights/sight.ts';

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
