/** Events and traffic in words and lines. */
import type { EventView, TrafficView } from '../../engine/lens/lens-view.ts';
import { clockTime } from '../header.ts';
import { lineOf } from '../line-editor.ts';
import { found } from '../sights/events.ts';
import { harmless } from '../text.ts';

const EVENTS_MAX = 20;

/** The last Events that have these words. */
export function eventLines(events: readonly EventView[], words: string): string[] {
  const shown = found(events, { filter: lineOf(words), isWarningsOnly: false });
  if (shown.length === 0) return [words ? 'No Event has these words.' : 'Nothing has been told yet.'];
  return shown.slice(-EVENTS_MAX).map(({ elapsedMs, isWarning, reason, ref, message, count }) =>
    harmless(`${(elapsedMs < 0 ? 'before' : clockTime(elapsedMs)).padStart(6)} ${isWarning ? 'Warning on ' : ''}${ref.resource} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}, ${reason}${count > 1 ? ` ${count} times` : ''}: ${message}`));
}

/** Who sends requests, how they fare, and what of the error budget is gone. */
export function trafficLines(sources: readonly TrafficView[]): string[] {
  if (sources.length === 0) return ['Nobody sends requests in this mission.'];
  return sources.map(({ name, to, rate, sent, failed, wanted }) => {
    const allowed = wanted === undefined ? 0 : (1 - wanted) * sent;
    const budget = allowed > 0 ? ` Of the error budget ${Math.round((failed / allowed) * 100)} percent is burnt.` : '';
    return harmless(`${name} to ${to}: ${Math.round(rate)} a second, ${Math.round(sent)} sent, ${Math.round(failed)} failed.${budget}`);
  });
}
