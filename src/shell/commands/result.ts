/** What a command of the player's shell gives back. */
export interface Result { stdout: string; stderr: string; exitCode: number }

export const said = (stdout: string): Result => ({ stdout, stderr: '', exitCode: 0 });
export const failed = (stderr: string, exitCode = 1): Result => ({ stdout: '', stderr, exitCode });

/** Rows as columns with two spaces between them, the last one unpadded. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + gap))).join('').trimEnd()}\n`).join('');
}

/** Flags and other words of a simple command line; `withValue` names the flags that take one. */
export function readFlags(args: readonly string[], withValue: readonly string[]): { words: string[]; flags: Map<string, string> } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const at = arg.indexOf('=');
    if (!arg.startsWith('-') || arg === '-') words.push(arg);
    else if (at > 0) flags.set(arg.slice(0, at), arg.slice(at + 1));
    else if (withValue.includes(arg)) flags.set(arg, args[++i] ?? '');
    else flags.set(arg, 'true');
  }
  return { words, flags };
}
