/** What a text of a pack may not hold, and how large what it describes may be: a pack comes from anybody. */

/** What could write to a terminal but through the game: control characters, and marks that turn the direction of text. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

const EVERY_CONTROL = new RegExp(CONTROL, 'g');

const NAMES: Readonly<Record<number, string>> = { 0x1b: 'an escape character', 0: 'a null character', 7: 'a bell', 8: 'a backspace', 0x9b: 'a control sequence' };

export const DATA_DEPTH_MAX = 24;
export const NODES_MAX = 60;
const COPIES_MAX = 500;

/** A text without what a terminal would act on. */
export function printable(text: string): string {
  return text.replace(EVERY_CONTROL, '\uFFFD');
}

/** The first thing in a piece of data that no pack may hold, with its path. */
export function firstUnsafe(data: unknown, path: readonly (string | number)[] = []): { path: readonly (string | number)[]; message: string } | undefined {
  if (path.length > DATA_DEPTH_MAX) return { path, message: `is nested deeper than ${DATA_DEPTH_MAX} levels` };
  if (typeof data === 'string') {
    const found = CONTROL.exec(data)?.[0].codePointAt(0);
    return found === undefined ? undefined : { path, message: `holds ${NAMES[found] ?? `the control character U+${found.toString(16).toUpperCase().padStart(4, '0')}`}; texts are plain` };
  }
  if (typeof data !== 'object' || data === null) return undefined;
  for (const [key, value] of Object.entries(data)) {
    const at = [...path, Array.isArray(data) ? Number(key) : key];
    const found = firstUnsafe(key) && !Array.isArray(data) ? { path: at, message: 'a field\'s name holds a control character' } : firstUnsafe(value, at);
    if (found) return found;
  }
  return undefined;
}

/** Fields of manifests that ask for so many copies that no player's machine should make them. */
export function tooMany(manifests: unknown): string | undefined {
  if (Array.isArray(manifests)) {
    for (const item of manifests) { const found = tooMany(item); if (found) return found; }
    return undefined;
  }
  if (typeof manifests !== 'object' || manifests === null) return undefined;
  for (const [key, value] of Object.entries(manifests)) {
    if (/^(replicas|parallelism|completions|minReplicas|maxReplicas)$/.test(key) && typeof value === 'number' && value > COPIES_MAX) return `${key}: ${value} are more than the ${COPIES_MAX} that a level may ask for`;
    const found = tooMany(value);
    if (found) return found;
  }
  return undefined;
}

/** The same, asked for by commands. */
export function tooManyByCommand(script: string): string | undefined {
  const found = [...script.matchAll(/--(replicas|max|min)[= ](\d+)|"?(replicas|parallelism|completions)"?:\s*(\d+)/g)].find((match) => Number(match[2] ?? match[4]) > COPIES_MAX);
  return found && `"${found[0]}" asks for more than the ${COPIES_MAX} that a level may ask for`;
}

/** Why a regular expression could run for ever on a bad day: it repeats what repeats. */
export function endlessPattern(pattern: string): string | undefined {
  try {
    void new RegExp(pattern);
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
  if (pattern.length > 500) return 'is longer than 500 characters';
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  const open: { repeats: boolean }[] = [{ repeats: false }];
  for (let i = 0; i < plain.length; i++) {
    const isRepeated = /^(\*|\+|\{\d*,\d*\})/.test(plain.slice(i + 1));
    if (plain[i] === '(') open.push({ repeats: false });
    else if (plain[i] === ')') {
      const group = open.pop();
      if (isRepeated && group?.repeats) return 'repeats a group that repeats or chooses; that can take for ever';
      if (open.length > 0 && (group?.repeats || isRepeated)) open.at(-1)!.repeats = true;
    } else if (plain[i] === '|' || isRepeated) open.at(-1)!.repeats = true;
  }
  return undefined;
}
