/** What is in trouble now, and the reasons that were paid for. */
import type { Mission } from '../mission/mission.ts';
import { whyCost } from '../score/score.ts';
import { whyWorld } from '../why/cluster-world.ts';
import { lastRefusal, refusalNote, whyRefused } from '../why/refusal.ts';
import { canBeAsked, troubles, why } from '../why/why.ts';
import { idOf, type ObjectRef, type WhyLensView } from './lens-view.ts';

/** Instead of a kind: the player's last request. */
const REQUEST = 'request';

/** Without an object: the troubles alone. An object in no trouble may be asked about, too, if it is chosen. */
export function whyLens(mission: Mission, ref: ObjectRef | undefined): WhyLensView {
  const cost = whyCost(mission.level);
  if (cost === undefined) return { of: 'why', troubles: [] };
  const world = whyWorld(mission.cluster, mission.words);
  const refused = lastRefusal(mission.requests);
  const found = [...(refused ? [{ ref: { resource: REQUEST, name: refused.line }, note: refusalNote(refused, mission.words) }] : []), ...troubles(world)];
  const chosen = ref ?? found[0]?.ref;
  const isPaid = (each: ObjectRef) => cost === 0 || mission.whysAsked.has(idOf(each));
  const listed = chosen && canBeAsked(chosen) && !found.some((trouble) => idOf(trouble.ref) === idOf(chosen)) ? [{ ref: chosen, note: '' }, ...found] : found;
  return {
    of: 'why', troubles: listed.map((trouble) => ({ ...trouble, isPaid: isPaid(trouble.ref) })),
    ...(chosen ? { ref: chosen } : {}), ...(chosen && isPaid(chosen) ? { links: chosen.resource === REQUEST ? (refused ? whyRefused(refused, mission.words) : []) : why(world, chosen) } : {}),
  };
}
