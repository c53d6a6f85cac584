/** The commands of the player's machines besides bash's own and the usual tools. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { kubectl } from '../../kubectl/kubectl.ts';
import type { ShellOutput } from '../../cluster/node/runtime/shell/shell.ts';
import type { NodeOs } from '../../cluster/node/os/node-os.ts';
import type { World } from '../../time/simulation.ts';
import type { Host } from '../host.ts';
import type { PlayerShell } from '../player-shell.ts';
import { cloudConsole } from './cloud.ts';
import { crictl } from './crictl.ts';
import type { EtcdCall } from './etcd/connection.ts';
import { etcdctl } from './etcd/etcdctl.ts';
import { etcdutl } from './etcd/etcdutl.ts';
import { hexdump, xxd } from './dump.ts';
import { kubeadm } from './kubeadm/kubeadm.ts';
import { kubectlEnvironment } from './kubectl-environment.ts';
import { MACHINE_COMMANDS } from './machine.ts';
import { NODE_NETWORK_COMMANDS } from './network.ts';
import { containerd, kubelet, PACKAGE_COMMANDS } from './packages.ts';
import { openssl } from './openssl.ts';
import { MERGED } from '../../cluster/node/runtime/shell/rewrite.ts';
import { failed, readFlags, type Result, said } from './result.ts';
import { journalctl, systemctl } from './systemd.ts';

type Context = Parameters<Parameters<typeof defineCommand>[1]>[1];

/** How a line is run: in the foreground output goes to the terminal at once. */
export interface LineMode { isForeground: boolean; output: ShellOutput }

const REBOOT_MS = 20_000;
const EDITORS = ['vi', 'vim', 'nano', 'edit'];

/** The commands on one host. */
export function commandsFor(shell: PlayerShell, host: Host, mode: LineMode): CustomCommand[] {
  const { cluster } = shell;
  const { machine } = host;
  const etcdCall = (context: Context): EtcdCall => ({
    host, cluster, env: context.env, resolve: (path) => context.fs.resolvePath(context.cwd, path), stdin: stdinOf(context), write: (text) => mode.output.stdout(text), signal: shell.signal,
  });
  const onNode = (name: string, run: (args: string[]) => Result | Promise<Result>) => defineCommand(name, async (args) => (machine ? run(args) : failed(`bash: ${name}: command not found (this is not a node: try \`ssh NODE\`)\n`, 127)));
  return [
    ...['kubectl', 'k'].map((name) => defineCommand(name, (args, context) => runKubectl(shell, host, args, context, mode))),
    defineCommand('etcdctl', async (args, context) => etcdctl(args, etcdCall(context))),
    defineCommand('etcdutl', async (args, context) => etcdutl(args, etcdCall(context))),
    onNode('systemctl', (args) => (['poweroff', 'halt', 'reboot'].includes(args[0] ?? '') ? shutDown(cluster.world, machine!.os, args[0] === 'reboot') : systemctl(args, machine!.os))),
    onNode('journalctl', (args) => journalctl(args, machine!.os)),
    defineCommand('kubeadm', async (args) => (machine ? kubeadm(args, machine, { write: (text) => mode.output.stdout(text), signal: shell.signal }) : failed('bash: kubeadm: command not found (this is not a node: try `ssh NODE`)\n', 127))),
    defineCommand('crictl', async (args, context) => {
      if (!machine) return failed('bash: crictl: command not found (this is not a node: try `ssh NODE`)\n', 127);
      const captured = said('');
      const write = (stream: 'stdout' | 'stderr', text: string) => { if (mode.isForeground) mode.output[stream](text); else captured[stream] += text; };
      const result = await crictl(args, machine, { write, signal: context.signal ? AbortSignal.any([shell.signal, context.signal]) : shell.signal });
      return { stdout: captured.stdout + result.stdout, stderr: captured.stderr + result.stderr, exitCode: result.exitCode };
    }),
    ...Object.entries(NODE_NETWORK_COMMANDS).map(([name, command]) => onNode(name, (args) => command(cluster, machine!, args))),
    ...Object.entries(PACKAGE_COMMANDS).map(([name, command]) => onNode(name, (args) => command(args, machine!))),
    ...Object.entries({ kubelet, containerd }).filter(([name]) => machine?.os.files.exists(`/usr/bin/${name}`)).map(([name, command]) => onNode(name, (args) => command(args, machine!))),
    ...(machine ? Object.entries(MACHINE_COMMANDS).map(([name, command]) => onNode(name, (args) => command(args, machine))) : []),
    ...['poweroff', 'halt', 'shutdown', 'reboot'].map((name) => onNode(name, (args) => shutDown(cluster.world, machine!.os, name === 'reboot' || args.includes('-r')))),
    defineCommand('ssh', (args, context) => ssh(shell, args, stdinOf(context), mode)),
    defineCommand('sudo', async (args, context) => run(context, args.filter((arg) => arg !== '-i' && arg !== '-s').join(' '))),
    ...EDITORS.map((name) => defineCommand(name, (args, context) => edit(shell, args, context))),
    defineCommand('answer', async (args) => { shell.terminal.answer(args.join(' ')); return said(`You said: ${args.join(' ')}\n`); }),
    defineCommand('cloud', async (args) => cloudConsole(args, cluster.cloud)),
    defineCommand('power', async (args) => power(shell, args)),
    defineCommand('watch', (args, context) => watch(shell, args, context, mode)),
    ...Object.entries({ hexdump, xxd }).map(([name, command]) => defineCommand(name, (args, context) => command(args, { stdin: Buffer.from(String(context.stdin), 'latin1'), read: async (path) => Buffer.from(await context.fs.readFileBuffer(context.fs.resolvePath(context.cwd, path))) }))),
    defineCommand('openssl', async (args, context) => openssl(args, { world: cluster.world, cwd: context.cwd, stdin: stdinOf(context), read: (path) => context.fs.readFile(context.fs.resolvePath(context.cwd, path)), write: (path, text) => context.fs.writeFile(context.fs.resolvePath(context.cwd, path), text) })),
  ];
}

async function runKubectl(shell: PlayerShell, host: Host, args: string[], context: Context, mode: LineMode): Promise<Result> {
  const captured = { stdout: '', stderr: '' };
  const { [MERGED]: isMerged, ...env } = Object.fromEntries(context.env);
  const write = (stream: 'stdout' | 'stderr', text: string) => {
    if (mode.isForeground) mode.output[stream](text);
    else captured[isMerged ? 'stdout' : stream] += text;
  };
  const environment = kubectlEnvironment(shell, host, { cwd: context.cwd, env, stdin: stdinOf(context), signal: context.signal ? AbortSignal.any([shell.signal, context.signal]) : shell.signal, write, readDescriptor: (path) => context.fs.readFile(path).catch(() => undefined), runEditor: (command) => execute(context, command) });
  const exitCode = await kubectl(args, environment).finally(environment.hangUp);
  return { ...captured, exitCode };
}

/** What is piped in is the command's input; without a command it is what the shell over there runs. */
async function ssh(shell: PlayerShell, args: string[], stdin: string, mode: LineMode): Promise<Result> {
  // ssh's own flags end where the host is named; what follows is the command's.
  const at = args.findIndex((arg, i) => !arg.startsWith('-') && !['-i', '-p', '-o', '-l'].includes(args[i - 1] ?? ''));
  const [target, ...command] = at < 0 ? [] : args.slice(at);
  if (!target) return failed('usage: ssh [USER@]NODE [COMMAND]\n', 255);
  const host = shell.logIn(target.replace(/^[^@]+@/, ''));
  if (typeof host === 'string') return failed(`${host}\n`, 255);
  if (command.length === 0 && !stdin) {
    shell.enter(host);
    return said('');
  }
  const captured = { stdout: '', stderr: '' };
  const output = mode.isForeground ? mode.output : { stdout: (text: string) => { captured.stdout += text; }, stderr: (text: string) => { captured.stderr += text; } };
  const exitCode = command.length === 0 ? await shell.runOn(host, stdin, output) : await shell.runOn(host, command.join(' '), output, stdin);
  return { ...captured, exitCode };
}

async function edit(shell: PlayerShell, args: string[], context: Context): Promise<Result> {
  const name = args.find((arg) => !arg.startsWith('-') && !arg.startsWith('+'));
  if (!name) return failed('usage: vi FILE\n');
  const path = context.fs.resolvePath(context.cwd, name);
  const exists = await context.fs.exists(path);
  const before = exists ? await context.fs.readFile(path) : '';
  const after = await shell.terminal.edit(name, before);
  if (after === undefined) return shell.terminal.isTerminal ? said('') : failed('vi: there is no terminal to edit in\n');
  if (after !== before || !exists) await context.fs.writeFile(path, after);
  return said('');
}

/** `shutdown now`, `reboot`: in good order, unlike the switch. */
function shutDown(world: World, os: NodeOs, isReboot: boolean): Result {
  world.soon('shutdown', () => os.shutDown(() => { if (isReboot) world.clock.after(REBOOT_MS, 'reboot', () => os.powerOn()); }));
  return said('');
}

/** The switch on the machine itself, for nodes that ssh no longer reaches. */
function power(shell: PlayerShell, [name = '', what = 'status']: string[]): Result {
  const machine = shell.cluster.machines.get(name);
  if (!machine) return failed(`usage: power NODE on|off|status\nnodes: ${[...shell.cluster.machines.keys()].join(', ')}\n`);
  if (what === 'on') machine.os.powerOn();
  else if (what === 'off') machine.os.powerOff();
  return said(`${name} is ${machine.os.isOn ? 'on' : 'off'}\n`);
}

async function watch(shell: PlayerShell, args: string[], context: Context, mode: LineMode): Promise<Result> {
  const { words, flags } = readFlags(args, ['-n', '--interval']);
  const seconds = Number(flags.get('-n') ?? flags.get('--interval') ?? [...flags.keys()].find((f) => /^-n[\d.]+$/.test(f))?.slice(2) ?? 2);
  const command = words.join(' ');
  const { signal } = shell;
  for (;;) {
    const { stdout, stderr } = await execute(context, command);
    mode.output.stdout(`Every ${seconds.toFixed(1)}s: ${command}\n\n${stdout}${stderr}`);
    if (signal.aborted) return said('');
    await shell.cluster.world.sleep(seconds * 1000, signal);
    if (signal.aborted) return said('');
  }
}

async function run(context: Context, command: string): Promise<Result> {
  if (!command) return said('');
  return execute(context, command);
}

async function execute(context: Context, command: string): Promise<Result> {
  if (!context.exec) return failed('this shell cannot run commands\n');
  const { stdout, stderr, exitCode } = await context.exec(command, { cwd: context.cwd });
  return { stdout, stderr, exitCode };
}

function stdinOf(context: Context): string {
  return Buffer.from(String(context.stdin), 'latin1').toString('utf8');
}

