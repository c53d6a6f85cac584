/** Events and traffic in words and lines. */
import type { Words } from '../../language/words.ts';
import type { EventView, TrafficView } from '../../engine/lens/lens-view.ts';
import { clockTime } from '../header.ts';
import { lineOf } from '../line-editor.ts';
import { found } from '../sights/events.ts';
import { harmless } from '../painter.ts';

const EVENTS_MAX = 20;

/** The last Events that have these words. */
export function eventLines(events: readonly EventView[], words: string, { events: { before, times }, plain }: Words): string[] {
  const shown = found(events, { filter: lineOf(words), isWarningsOnly: false });
  if (shown.length === 0) return [words ? plain.noEventFound : plain.noEvents];
  return shown.slice(-EVENTS_MAX).map(({ elapsedMs, isWarning, reason, ref, message, count }) =>
    harmless(`${(elapsedMs < 0 ? before : clockTime(elapsedMs)).padStart(6)} ${isWarning ? `${plain.warningOn} ` : ''}${ref.resource} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}, ${reason}${count > 1 ? ` ${times(count)}` : ''}: ${message}`));
}

/** Who sends requests, how they fare, and what of the error budget is gone. */
export function trafficLines(sources: readonly TrafficView[], { plain: words }: Words): string[] {
  if (sources.length === 0) return [words.nobodySends];
  return sources.map(({ name, to, rate, sent, failed, wanted }) => {
    const allowed = wanted === undefined ? 0 : (1 - wanted) * sent;
    const burnt = allowed > 0 ? Math.round((failed / allowed) * 100) : undefined;
    return harmless(words.traffic(name, to, Math.round(rate), Math.round(sent), Math.round(failed), burnt));
  });
}
