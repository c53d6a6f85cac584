/** Help for the word under the cursor: the manual page of a verb, the API's own words on a kind. */
import type { PlayerShell } from './player-shell.ts';

export interface WordHelp { title: string; text: string }

/** The commands whose output helps with the word at `cursor`, the best first. */
export function helpCommands(text: string, cursor: number): string[] {
  const start = Math.max(...['|', ';', '&', '('].map((joint) => text.lastIndexOf(joint, Math.max(0, cursor - 1)))) + 1;
  const command = text.slice(start).split(/[|;&)]/)[0]!;
  const found = [...command.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ word, from: start + index }));
  const words = found.map(({ word }) => word);
  const at = Math.max(0, found.findLastIndex(({ from }) => from <= cursor));
  const [program] = words;
  if (!program || !/^[\w-]+$/.test(program)) return [];
  if (program !== 'kubectl' && program !== 'k') return [`${program} --help`];
  const verb = words.slice(1).find((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const onVerb = verb ? [`kubectl ${verb} --help`] : ['kubectl --help'];
  const kind = /^[A-Za-z][\w.]*/.exec(words[at] ?? '')?.[0];
  return at < 2 || !kind || words[at] === verb ? onVerb : [`kubectl explain ${kind}`, ...onVerb];
}

/** Without the places where a description would stand: the model knows the fields of built-in kinds, not the words on them. */
const withoutGaps = (text: string): string => text.replace(/^DESCRIPTION:\n +<empty>\n/m, '').replace(/^ +<no description>\n\n?/gm, '');

/** What the first of those commands that knows something prints; undefined when none does. */
export async function helpForWord(shell: PlayerShell, text: string, cursor: number): Promise<WordHelp | undefined> {
  const { world } = shell.cluster;
  for (const command of helpCommands(text, cursor)) {
    let output = '';
    const activity = world.start('help', async () => shell.runOn(shell.host, command, { stdout: (more) => { output += more; }, stderr: () => undefined }));
    await world.settle();
    if (activity.hasEnded && await activity.result === 0 && output.trim() !== '') return { title: command, text: withoutGaps(output) };
  }
  return undefined;
}
