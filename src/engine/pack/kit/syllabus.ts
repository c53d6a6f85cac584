/** `pack docs`: the syllabus of a pack in Markdown. */
import type { Level, Pack } from '../level.ts';

/** What is taught, in which order, and how long it takes. */
export function syllabusOf(pack: Pack): string {
  const titles = new Map(pack.levels.map(({ id, title }) => [id, title]));
  const minutes = pack.levels.reduce((sum, level) => sum + level.minutes, 0);
  const worlds = pack.worlds.filter(({ id }) => pack.levels.some(({ world }) => world === id));
  return [
    `# ${pack.title}\n`,
    `Version ${pack.version}: ${pack.levels.length} levels in ${worlds.length} worlds, about ${Math.round(minutes / 6) / 10} hours.\n`,
    ...worlds.flatMap(({ id, title, summary }) => [`## ${title}\n`, ...(summary ? [`${summary}\n`] : []), ...pack.levels.filter(({ world }) => world === id).map((level) => entryOf(level, titles))]),
    '## What is taught where\n', '| concept | level |', '|---|---|',
    ...conceptsOf(pack).map(([concept, level]) => `| ${cell(concept)} | ${cell(level.title)} |`), '',
  ].join('\n');
}

function entryOf(level: Level, titles: ReadonlyMap<string, string>): string {
  const needs = (level.needs ?? []).map((id) => titles.get(id) ?? id);
  return [
    `### ${level.title}\n`,
    `\`${level.id}\` · difficulty ${level.difficulty} · ${level.minutes} minutes${needs.length > 0 ? ` · after ${needs.join(', ')}` : ''}\n`,
    `${level.briefing.trim()}\n`,
    `Teaches: ${level.teaches.join(', ')}.\n`,
    ...level.objectives.map(({ text, points }) => `- ${text} (${points})`),
    ...(level.guards ?? []).map(({ text }) => `- never broken: ${text}`), '',
  ].join('\n');
}

function conceptsOf(pack: Pack): [string, Level][] {
  const first = new Map<string, Level>();
  for (const level of pack.levels) for (const concept of level.teaches) if (!first.has(concept)) first.set(concept, level);
  return [...first].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

function cell(text: string): string { return text.replaceAll('|', '\\|'); }
