/** Seeded chance: sfc32, and the few shapes of it that a cluster needs. */

/** The alphabet of generated names and hashes: apimachinery's `rand.String`, no vowels, nothing easily misread. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A reproducible source of chance. Fork one per component so that one's draws do not shift another's. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;
  readonly #seed: string;

  constructor(seed: string | number) {
    this.#seed = String(seed);
    const mix = hashWords(this.#seed);
    [this.#a, this.#b, this.#c] = mix;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A number in [0, 1). */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t | 0;
    return (t >>> 0) / 4294967296;
  }

  /** A whole number in [0, below). */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** One of the items; throws on an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('Random.pick: nothing to pick from');
    return items[this.int(items.length)]!;
  }

  /** `length` characters as apimachinery's generateName and pod-template hashes use them. */
  suffix(length = 5): string {
    let text = '';
    for (let i = 0; i < length; i++) text += SAFE_ALPHABET[this.int(SAFE_ALPHABET.length)];
    return text;
  }

  /** `length` hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.int(0x10000).toString(16).padStart(4, '0');
    return text.slice(0, length);
  }

  /** A version-4 UUID. */
  uuid(): string {
    const h = this.hex(32);
    const variant = '89ab'[this.int(4)];
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
  }

  /** An independent source that depends on this one's seed and the label only. */
  fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`);
  }
}

function hashWords(text: string): [number, number, number] {
  const words = [0x9e3779b9, 0x243f6a88, 0xb7e15162];
  for (let i = 0; i < text.length; i++) {
    for (let w = 0; w < 3; w++) {
      words[w] = Math.imul(words[w]! ^ text.charCodeAt(i), [0x01000193, 0x85ebca6b, 0xc2b2ae35][w]!);
      words[w] = (words[w]! << 13) | (words[w]! >>> 19);
    }
  }
  return [words[0]! | 0, words[1]! | 0, words[2]! | 0];
}
