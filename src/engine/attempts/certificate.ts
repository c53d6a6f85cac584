/** A certificate: what a player has won, as text and as SVG, with a code that only these very attempts give. */
import { createHash } from 'node:crypto';
import type { Attempt } from '../mission/attempt.ts';
import type { Pack } from '../pack/level.ts';

export interface Certificate {
  readonly player: string;
  readonly course: string;
  /** Of how many levels these were won. */
  readonly levels: number;
  readonly won: number;
  readonly stars: number;
  readonly score: number;
  readonly worlds: readonly { readonly title: string; readonly won: number; readonly levels: number }[];
  readonly code: string;
}

/** A won level, with the attempt that proves it. */
export interface Proven { readonly attempt: Attempt; readonly stars: number; readonly score: number }

export function certificateOf(player: string, pack: Pack, proven: readonly Proven[]): Certificate {
  const sum = (of: (each: Proven) => number) => proven.reduce((total, each) => total + of(each), 0);
  const won = new Set(proven.map(({ attempt }) => attempt.level));
  const worlds = pack.worlds.map(({ id, title }) => {
    const levels = pack.levels.filter(({ world }) => world === id);
    return { title, won: levels.filter((level) => won.has(level.id)).length, levels: levels.length };
  });
  return { player, course: pack.title, levels: pack.levels.length, won: won.size, stars: sum(({ stars }) => stars), score: sum(({ score }) => score), worlds, code: codeOf(player, pack, proven) };
}

/** Another name, another pack or one input more gives another code. */
function codeOf(player: string, pack: Pack, proven: readonly Proven[]): string {
  const attempts = proven.map(({ attempt: { level, seed, inputs, elapsedMs }, score }) => JSON.stringify([level, seed, inputs, elapsedMs, score])).sort();
  const digest = createHash('sha256').update(JSON.stringify([player, pack.digest, attempts])).digest('hex').slice(0, 20).toUpperCase();
  return digest.match(/.{4}/g)!.join('-');
}

export function asText({ player, course, levels, won, stars, score, worlds, code }: Certificate): string {
  const width = Math.max(...worlds.map(({ title }) => title.length));
  return [
    `This certifies that ${player}`, `has won ${won} of the ${levels} levels of ${course},`, `with ${stars} of ${levels * 3} stars and ${score} points.`, '',
    ...worlds.map((world) => `  ${world.title.padEnd(width)}  ${world.won} of ${world.levels}`), '', `Verification code ${code}`, 'Every attempt behind it was played again before this was written.', '',
  ].join('\n');
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function asSvg({ player, course, levels, won, stars, score, worlds, code }: Certificate): string {
  const rows = worlds.map((world, index) => {
    const y = 300 + index * 24;
    const share = world.levels > 0 ? world.won / world.levels : 0;
    return `<text x="150" y="${y}">${escaped(world.title)}</text><rect x="420" y="${y - 11}" width="220" height="10" rx="5" fill="#d6e2f8"/><rect x="420" y="${y - 11}" width="${Math.round(share * 220)}" height="10" rx="5" fill="#1856c0"/><text x="660" y="${y}">${world.won} of ${world.levels}</text>`;
  });
  const height = 400 + worlds.length * 24;
  const centred = (y: number, size: number, text: string, more = '') => `<text x="450" y="${y}" text-anchor="middle" font-size="${size}"${more}>${escaped(text)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="${height}" viewBox="0 0 900 ${height}" font-family="Georgia, serif" font-size="15" fill="#2a2f3a">`,
    `<rect width="900" height="${height}" fill="#fbfbfd"/><rect x="16" y="16" width="868" height="${height - 32}" fill="none" stroke="#1856c0" stroke-width="3" rx="10"/>`,
    centred(84, 18, 'kube-quest', ' fill="#1856c0" letter-spacing="4"'), centred(140, 38, player, ' font-weight="bold"'),
    centred(184, 18, `has won ${won} of the ${levels} levels of ${course},`), centred(212, 18, `with ${stars} of ${levels * 3} stars and ${score} points`),
    ...rows, centred(height - 64, 20, code, ' font-family="monospace" letter-spacing="2"'), centred(height - 38, 12, 'verification code: every attempt behind it was played again', ' fill="#606878"'), '</svg>', '',
  ].join('\n');
}
