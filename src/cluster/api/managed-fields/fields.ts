/** Sets of fields in the form of FieldsV1: a tree whose ends, and whose `.`, are members. */

export interface Fields { readonly [step: string]: Fields }

const isEnd = (fields: Fields) => Object.keys(fields).length === 0;

/** True when nothing is in the set; a bare end of a tree is one member, so ask this of roots only. */
export const isEmpty = isEnd;

export function union(a: Fields, b: Fields): Fields {
  if (a === b || isEnd(b)) return a;
  if (isEnd(a)) return b;
  const result: Record<string, Fields> = { ...a };
  for (const [step, inner] of Object.entries(b)) {
    const mine = result[step];
    result[step] = !mine ? inner : isEnd(mine) !== isEnd(inner) ? { '.': {}, ...mine, ...inner } : union(mine, inner);
  }
  return result;
}

/** What is in `a` but not in `b`. A bare end in `b` is the container itself, not what is in it. */
export function difference(a: Fields, b: Fields): Fields {
  if (isEnd(a) || isEnd(b)) return a;
  const result: Record<string, Fields> = {};
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step];
    if (!other) result[step] = inner;
    else if (!isEnd(other) && !isEnd(inner)) {
      const rest = difference(inner, other);
      if (!isEnd(rest)) result[step] = rest;
    } else if (isEnd(inner) && !isEnd(other) && !other['.']) result[step] = inner;
    else if (isEnd(other) && !isEnd(inner)) {
      const { '.': _, ...rest } = inner;
      if (!isEnd(rest)) result[step] = rest;
    }
  }
  return result;
}

/** What is in both. */
export function intersection(a: Fields, b: Fields): Fields {
  const result: Record<string, Fields> = {};
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step];
    if (!other) continue;
    if (isEnd(inner) || isEnd(other)) {
      if (isEnd(inner) && isEnd(other)) result[step] = {};
      else if ((isEnd(inner) ? other : inner)['.']) result[step] = {};
      continue;
    }
    const both = intersection(inner, other);
    if (!isEnd(both)) result[step] = both;
  }
  return result;
}

/** The members as paths: `.spec.template.spec.containers[name="nginx"].image`. */
export function pathsOf(fields: Fields, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([step, inner]) => {
    if (step === '.') return [prefix];
    const path = prefix + pathStep(step);
    return isEnd(inner) ? [path] : pathsOf(inner, path);
  });
}

function pathStep(step: string): string {
  const text = step.slice(2);
  if (step.startsWith('f:')) return `.${text}`;
  if (step.startsWith('v:')) return `[=${text}]`;
  const keys = JSON.parse(text) as Record<string, unknown>;
  return `[${Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
