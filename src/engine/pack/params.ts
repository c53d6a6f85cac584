/** Values that differ from play to play, or from player to player: drawn, then written wherever `<<name>>` stands. */
import { createHash } from 'node:crypto';

/** One of a list, or a whole number of a range; by the attempt's seed unless by the player's name. */
export type ParamSpec = readonly (string | number)[] | { oneOf: readonly (string | number)[]; by?: DrawnBy } | { from: number; to: number; by?: DrawnBy } | { is: 'player' };
type DrawnBy = 'seed' | 'player';

export interface Draw { seed: string; player?: string }

const MARK = /<<([a-z][a-zA-Z0-9]*)>>/g;

/** The values of one play: the same seed and name give the same ones. */
export function drawn(params: Readonly<Record<string, ParamSpec>>, draw: Draw): Record<string, string | number> {
  return Object.fromEntries(Object.entries(params).map(([name, spec]) => [name, valueOf(name, spec, draw)]));
}

/** The data with every `<<name>>` replaced; a text that is nothing else takes the value's type. `params` itself stays. */
export function substituted(data: unknown, values: Readonly<Record<string, string | number>>): unknown {
  if (typeof data === 'string') {
    const [, whole] = /^<<([a-z][a-zA-Z0-9]*)>>$/.exec(data) ?? [];
    if (whole !== undefined && Object.hasOwn(values, whole)) return values[whole];
    return data.replace(MARK, (mark, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : mark));
  }
  if (Array.isArray(data)) return data.map((item) => substituted(item, values));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [substitutedKey(key, values), key === 'params' ? value : substituted(value, values)]));
}

/** Names that stand in marks anywhere in the data. */
export function marksIn(data: unknown): string[] {
  return [...new Set([...(JSON.stringify(data) ?? '').matchAll(MARK)].map((match) => match[1]!))];
}

function substitutedKey(key: string, values: Readonly<Record<string, string | number>>): string {
  return String(substituted(key, values));
}

function valueOf(name: string, spec: ParamSpec, { seed, player = '' }: Draw): string | number {
  if ('is' in spec) return slug(player);
  const by = 'by' in spec && spec.by === 'player' ? player : seed;
  const chance = createHash('sha256').update(`${by}\0${name}`).digest().readUIntBE(0, 6) / 2 ** 48;
  if ('from' in spec) return spec.from + Math.floor(chance * (spec.to - spec.from + 1));
  const choices = 'oneOf' in spec ? spec.oneOf : spec;
  return choices[Math.floor(chance * choices.length)]!;
}

/** A name that Kubernetes allows. */
function slug(player: string): string {
  return player.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 30).replace(/-+$/, '') || 'player';
}
