/** Addresses as numbers, ranges in CIDR notation, and the pool from which a node's Pods get theirs. */

/** Go reads no leading zeros, signs or blanks. */
const DOTTED = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** `10.244.1.5` as a number; undefined for what is no IPv4 address. */
export function addressNumber(address: string): number | undefined {
  if (!DOTTED.test(address)) return undefined;
  const parts = address.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The first address of a range and how many it holds; undefined for what is no range. */
export function parseCidr(cidr: string): { first: number; size: number } | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(cidr);
  const address = match && addressNumber(match[1]!);
  const bits = Number(match?.[2]);
  if (address === undefined || address === null || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  return { first: address - (address % size), size };
}

/** Whether a range holds an address. */
export function cidrContains(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const number = addressNumber(address);
  return range !== undefined && number !== undefined && number >= range.first && number < range.first + range.size;
}

/** The `index`th address of a range: 1 is the API server's in the Service range, 10 is DNS. */
export function addressIn(cidr: string, index: number): string {
  const range = parseCidr(cidr);
  if (!range || index >= range.size) throw new Error(`addressIn: ${cidr} has no address number ${index}`);
  return addressText(range.first + index);
}

/**
 * Hands out a node's Pod addresses one after the other, like the CNI plugin host-local: an address comes again
 * only after the others had their turn. The network, the gateway and the broadcast address are nobody's.
 */
export class AddressPool {
  readonly #range: { first: number; size: number };
  readonly #taken = new Set<number>();
  #last = 1;

  constructor(readonly cidr: string) {
    const range = parseCidr(cidr);
    if (!range) throw new Error(`AddressPool: "${cidr}" is no range of addresses`);
    this.#range = range;
  }

  /** A free address, or undefined when there is none left. */
  allocate(): string | undefined {
    const { first, size } = this.#range;
    for (let tries = 0; tries < size - 3; tries++) {
      this.#last = this.#last + 1 > size - 2 ? 2 : this.#last + 1;
      if (this.#taken.has(this.#last)) continue;
      this.#taken.add(this.#last);
      return addressText(first + this.#last);
    }
    return undefined;
  }

  release(address: string): void {
    this.#taken.delete((addressNumber(address) ?? 0) - this.#range.first);
  }
}
