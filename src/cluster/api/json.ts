/** JSON values. */
import type { Json } from './types.ts';

/** True for an object with fields. */
export function isDict(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
