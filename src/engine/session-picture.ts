/** A session's state as it is shown; parts keep their identity while their content is the same. */
import type { LensView } from './lens/lens-view.ts';
import { isCommand } from './mission/attempt.ts';
import type { Mission } from './mission/mission.ts';
import { guardViews, hintViews, objectiveViews } from './mission-look.ts';
import { parOf, SCORE_MAX, whyCost } from './score/score.ts';
import type { SessionDoor } from './session-door.ts';
import type { SessionTabs } from './session-tabs.ts';
import type { ClusterView, DebriefView, MissionView, Speed } from './view.ts';

export interface SessionState {
  mission: Mission;
  tabs: SessionTabs;
  door: SessionDoor;
  cluster: ClusterView;
  /** What the lens that was asked for shows. */
  lens: LensView | undefined;
  isSandbox: boolean;
  isResumed: boolean;
  speed: Speed;
  debrief: DebriefView | undefined;
}

export class SessionPicture {
  readonly #parts = new Map<string, { key: string; value: unknown }>();

  view({ mission, tabs, door, cluster, lens, isSandbox, isResumed, speed, debrief }: SessionState): MissionView {
    const { level } = mission;
    const shells = tabs.views();
    const price = whyCost(level);
    return {
      levelId: level.id, title: level.title, world: level.world, isSandbox, briefing: level.briefing,
      objectives: this.#same('objectives', objectiveViews(mission)), guards: this.#same('guards', guardViews(mission)), hints: this.#same('hints', hintViews(mission)),
      score: isSandbox ? 0 : mission.score().total, scoreMax: SCORE_MAX, elapsedMs: mission.elapsedMs, nowMs: mission.cluster.world.clock.now(), isResumed, parMs: isSandbox ? undefined : parOf(level).timeMs, speed,
      cluster, transcript: tabs.transcript.view(), prompt: this.#same(`prompt ${tabs.active}`, tabs.prompt()), ...(shells ? { tabs: this.#same('tabs', shells), tab: tabs.active } : {}),
      ...(price === undefined ? {} : { whyCost: price }), ...(door.view ? { door: door.view } : {}), ...(door.refusal ? { doorRefusal: door.refusal } : {}), canUndo: mission.attempt.inputs.some(isCommand),
      ...(lens ? { lens } : {}), ...(tabs.editor ? { editor: tabs.editor } : {}), ...(debrief ? { debrief } : {}),
    };
  }

  #same<T>(name: string, value: T): T {
    const key = JSON.stringify(value);
    const known = this.#parts.get(name);
    if (known?.key === key) return known.value as T;
    this.#parts.set(name, { key, value });
    return value;
  }
}
