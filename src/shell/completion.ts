/** Tab completion at the prompt: commands, files, nodes, and kubectl's own. */
import { complete as completeKubectl } from '../kubectl/completion.ts';
import { kubectlEnvironment } from './commands/kubectl-environment.ts';
import type { PlayerShell } from './player-shell.ts';
import { FileError } from '../cluster/node/file-system.ts';
import { normalize } from '../cluster/node/os/paths.ts';

const COMMANDS = ['answer', 'awk', 'base64', 'cat', 'cd', 'chmod', 'clear', 'cloud', 'cp', 'crictl', 'curl', 'cut', 'date', 'diff', 'dig', 'echo', 'env', 'etcdctl', 'etcdutl', 'exit', 'export', 'find', 'grep', 'head', 'hexdump', 'host', 'ip', 'ipvsadm', 'iptables', 'iptables-save', 'jq', 'journalctl', 'kubeadm', 'kubectl', 'ls', 'mkdir', 'mv', 'nano', 'nc', 'nft', 'nslookup', 'openssl', 'ping', 'power', 'pwd', 'rm', 'sed', 'sleep', 'sort', 'ss', 'ssh', 'stat', 'systemctl', 'tail', 'tee', 'timeout', 'tr', 'uniq', 'vi', 'watch', 'wc', 'wget', 'xargs', 'xxd'];
const SYSTEMCTL = ['cat', 'daemon-reload', 'disable', 'enable', 'is-active', 'kill', 'list-units', 'restart', 'start', 'status', 'stop'];
const CRICTL = ['images', 'info', 'inspect', 'logs', 'pods', 'ps', 'rm', 'stop', 'version'];

/** What could stand in the place of the word before the cursor. */
export async function completeLine(shell: PlayerShell, text: string, cursor: number): Promise<{ from: number; replacements: string[] }> {
  const before = text.slice(0, cursor);
  const command = before.slice(Math.max(before.lastIndexOf('|'), before.lastIndexOf(';'), before.lastIndexOf('&')) + 1);
  const words = command.trimStart().split(/\s+/);
  const word = words.at(-1) ?? '';
  const from = cursor - word.length;
  const found = await candidates(shell, words, word);
  const matching = [...new Set(found)].filter((candidate) => candidate.startsWith(word)).sort();
  return { from, replacements: matching.map((candidate) => (/[/=]$/.test(candidate) ? candidate : `${candidate} `)) };
}

async function candidates(shell: PlayerShell, words: readonly string[], word: string): Promise<string[]> {
  const [program = ''] = words;
  if (words.length === 1) return [...COMMANDS, ...files(shell, word)];
  if (program === 'kubectl' || program === 'k') return [...await kubectlCandidates(shell, words.slice(1)), ...(words.at(-2) === '-f' ? files(shell, word) : [])];
  if (program === 'ssh' || program === 'power') return words.length === 2 ? [...shell.cluster.machines.keys()] : program === 'power' ? ['on', 'off', 'status'] : [];
  if (program === 'systemctl') return words.length === 2 ? SYSTEMCTL : (shell.host.machine?.os.systemd.list() ?? []).map((unit) => unit.name.replace('.service', ''));
  if (program === 'journalctl') return words.at(-2) === '-u' ? (shell.host.machine?.os.systemd.list() ?? []).map((unit) => unit.name.replace('.service', '')) : ['-u', '-n', '--since'];
  if (program === 'crictl' && words.length === 2) return CRICTL;
  return files(shell, word);
}

async function kubectlCandidates(shell: PlayerShell, words: readonly string[]): Promise<string[]> {
  const environment = kubectlEnvironment(shell, shell.host, { cwd: shell.cwd, env: { ...shell.env }, stdin: '', write: () => undefined, runEditor: async () => ({ stdout: '', stderr: '', exitCode: 1 }) });
  const { world } = shell.cluster;
  const activity = world.start('completion', () => completeKubectl(words, environment).finally(environment.hangUp));
  await world.settle();
  return activity.hasEnded ? activity.result : [];
}

function files(shell: PlayerShell, word: string): string[] {
  const at = word.lastIndexOf('/');
  const folder = word.slice(0, at + 1);
  const path = normalize(folder.startsWith('/') ? folder : folder.startsWith('~/') ? `${shell.host.home}/${folder.slice(2)}` : `${shell.cwd}/${folder}`);
  try {
    return shell.host.files.list(path).map((name) => `${folder}${name}${shell.host.files.stat(`${path}/${name}`).type === 'directory' ? '/' : ''}`);
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
