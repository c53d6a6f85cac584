/** The traffic of a mission, and the error budget that its guards leave it. */
import type { Mission } from '../mission/mission.ts';
import type { TrafficLensView } from './lens-view.ts';

const WANTED = /success\s*>=?\s*(\d+(?:\.\d+)?)/;

export function trafficLens({ traffic, level }: Mission): TrafficLensView {
  return {
    of: 'traffic',
    sources: traffic.map(({ spec: { name, to }, rate, result: { sent, failed }, seconds }) => {
      const wanted = Math.max(...[...(level.guards ?? []), ...level.objectives].filter(({ check }) => check.traffic === name).map(({ check }) => Number(WANTED.exec(check.that ?? 'success >= 0.99')?.[1] ?? 0)));
      return { name, to, rate, sent, failed, ...(wanted > 0 ? { wanted } : {}), seconds: [...seconds] };
    }),
  };
}
