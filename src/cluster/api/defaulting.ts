/** Filling in what a client left out. What is complete already comes back as the same object, so that sharing survives. */

/** The object with those of `defaults` that it lacks. */
export function withDefaults<T extends object>(object: T, defaults: Partial<T>): T {
  let result: T | undefined;
  for (const key in defaults) {
    const value = defaults[key];
    if (value !== undefined && object[key] === undefined) (result ??= { ...object })[key] = value;
  }
  return result ?? object;
}

/** The object with one field replaced; undefined removes it. */
export function withField<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): T {
  if (object[key] === value) return object;
  const result = { ...object, [key]: value };
  if (value === undefined) delete result[key];
  return result;
}

/** The list with every element changed; the same list when none is. */
export function mapped<T>(list: T[], change: (element: T) => T): T[];
export function mapped<T>(list: T[] | undefined, change: (element: T) => T): T[] | undefined;
export function mapped<T>(list: T[] | undefined, change: (element: T) => T): T[] | undefined {
  if (!list) return undefined;
  const result = list.map(change);
  return result.every((element, index) => element === list[index]) ? list : result;
}

/** The value changed when there is one. */
export function changed<T>(value: T | undefined, change: (value: T) => T): T | undefined {
  return value === undefined ? undefined : change(value);
}
