/** What a class did, from verified attempts: as a table, CSV, JSON, JUnit XML, one HTML page, and xAPI statements. */
import { createHash } from 'node:crypto';
import type { Verified } from './verify.ts';

/** One attempt with whose it is. */
export interface Row extends Verified { player: string; file: string; pack: string; packDigest: string; attempt: string }

const COLUMNS = ['player', 'level', 'verdict', 'score', 'stars', 'seconds', 'commands', 'hints', 'reason'] as const;

function cells(row: Row): (string | number)[] {
  const isCounted = row.verdict === 'ok' && row.score !== undefined;
  return [row.player, row.level, row.verdict, isCounted ? row.score!.total : 0, isCounted ? row.score!.stars : 0, Math.round(row.elapsedMs / 1000), row.commands, row.hints, row.reason ?? ''];
}

export function asTable(rows: readonly Row[]): string {
  const lines = [COLUMNS.map(String), ...rows.map((row) => cells(row).map(String))];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) => `${line.map((text, i) => text.padEnd(widths[i]!)).join('  ').trimEnd()}\n`).join('');
}

/** RFC 4180; a cell that a spreadsheet would compute is made a text. */
export function asCsv(rows: readonly Row[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [COLUMNS as readonly string[], ...rows.map(cells)].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

export function asJson(rows: readonly Row[]): string {
  return `${JSON.stringify({ rows: rows.map(({ score, ...row }) => ({ ...row, score: score?.total, stars: score?.stars })), stuck: stuckOf(rows) }, null, 2)}\n`;
}

/** A suite for each player, a case for each level: CI servers show it. */
export function asJunit(rows: readonly Row[]): string {
  const players = [...new Set(rows.map(({ player }) => player))];
  const suites = players.map((player) => {
    const own = rows.filter((row) => row.player === player);
    const cases = own.map((row) => {
      const failure = row.verdict !== 'ok' ? row.reason ?? row.verdict : row.score?.won ? undefined : `not won: ${row.goals.filter(({ isReached }) => !isReached).map(({ text }) => text).join('; ') || 'a guard broke'}`;
      return `    <testcase classname="${xml(row.pack)}" name="${xml(row.level)}" time="${row.elapsedMs / 1000}">${failure ? `<failure message="${xml(failure)}"/>` : ''}</testcase>\n`;
    });
    return `  <testsuite name="${xml(player)}" tests="${own.length}" failures="${cases.filter((text) => text.includes('<failure')).length}">\n${cases.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

export interface Stuck { level: string; title: string; played: number; won: number; /** Median virtual seconds to the first hint, of those who took one. */ firstHintSeconds?: number; missed: { text: string; count: number }[]; wrong: { command: string; count: number }[] }

/** Where a class got stuck: the levels with the fewest wins first. */
export function stuckOf(rows: readonly Row[]): Stuck[] {
  const levels = [...new Set(rows.map(({ level }) => level))];
  return levels.map((level) => {
    const own = rows.filter((row) => row.level === level && row.verdict === 'ok');
    const firstHints = own.flatMap(({ firstHintMs }) => (firstHintMs === undefined ? [] : [firstHintMs / 1000])).sort((a, b) => a - b);
    return {
      level, title: rows.find((row) => row.level === level)!.title, played: own.length, won: own.filter(({ score }) => score?.won).length,
      ...(firstHints.length > 0 ? { firstHintSeconds: Math.round(firstHints[Math.floor(firstHints.length / 2)]!) } : {}),
      missed: counted(own.flatMap(({ goals }) => goals.filter(({ isReached }) => !isReached).map(({ text }) => [text, 1] as const))).map(([text, count]) => ({ text, count })),
      wrong: counted(own.flatMap(({ failed }) => Object.entries(failed))).slice(0, 5).map(([command, count]) => ({ command, count })),
    };
  }).sort((a, b) => a.won / Math.max(1, a.played) - b.won / Math.max(1, b.played));
}

function counted(items: readonly (readonly [string, number])[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const [text, count] of items) counts.set(text, (counts.get(text) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** One page that needs nothing else: the table, and where the class got stuck. */
export function asHtml(rows: readonly Row[], title: string): string {
  const row = (items: readonly (string | number)[], tag = 'td') => `<tr>${items.map((item) => `<${tag}>${xml(String(item))}</${tag}>`).join('')}</tr>`;
  const stuck = stuckOf(rows).map(({ title: level, played, won, firstHintSeconds, missed, wrong }) => row([
    level, `${won} of ${played}`, firstHintSeconds === undefined ? 'no hints' : `${firstHintSeconds} s`, missed[0] ? `${missed[0].text} (${missed[0].count})` : 'none', wrong.map(({ command, count }) => `${command} (${count})`).join('; ') || 'none',
  ]));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${xml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #ccc;padding:.3rem .8rem;text-align:left;vertical-align:top}th{background:#f3f3f3}</style></head>
<body><h1>${xml(title)}</h1>
<h2>Where the class got stuck</h2><table>${row(['level', 'won', 'first hint', 'most missed', 'commands that failed'], 'th')}${stuck.join('')}</table>
<h2>Attempts</h2><table>${row(COLUMNS, 'th')}${rows.map((one) => row(cells(one))).join('')}</table></body></html>
`;
}

/** xAPI 1.0.3 statements: who passed, failed or attempted which level with which score. */
export function asXapi(rows: readonly Row[], timestamp: string): object[] {
  return rows.filter(({ verdict }) => verdict === 'ok').map((row) => {
    const won = row.score?.won === true;
    const verb = won ? 'passed' : 'failed';
    return {
      id: uuidOf(`${row.player}/${row.packDigest}/${row.attempt}`),
      actor: { objectType: 'Agent', name: row.player, account: { homePage: 'https://kube-quest.invalid/players', name: row.player } },
      verb: { id: `http://adlnet.gov/expapi/verbs/${verb}`, display: { en: verb } },
      object: { objectType: 'Activity', id: `https://kube-quest.invalid/packs/${encodeURIComponent(row.pack)}/levels/${encodeURIComponent(row.level)}`, definition: { name: { en: row.title }, type: 'http://adlnet.gov/expapi/activities/assessment' } },
      result: { success: won, completion: won, duration: `PT${Math.round(row.elapsedMs / 1000)}S`, score: { raw: row.score?.total ?? 0, min: 0, max: 1000, scaled: (row.score?.total ?? 0) / 1000 } },
      context: { platform: 'kube-quest', extensions: { 'https://kube-quest.invalid/xapi/pack-digest': row.packDigest, 'https://kube-quest.invalid/xapi/hints': row.hints, 'https://kube-quest.invalid/xapi/commands': row.commands } },
      timestamp,
    };
  });
}

/** The same attempt is the same statement, however often it is reported. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function xml(text: string): string {
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\uFFFD').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
