/** Deep equality of JSON values; shared parts are recognised by identity, so unchanged subtrees cost nothing. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  const left = definedEntries(a);
  const right = b as Record<string, unknown>;
  return left.length === definedEntries(b).length && left.every(([key, value]) => equalJson(value, right[key]));
}

function definedEntries(object: object): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}
