/** kubeadm, as far as nodes join and leave with it, certificates are renewed and versions upgraded: token, join, reset, certs, kubeconfig, upgrade, version. */
import type { Machine } from '../../../cluster/node/machine.ts';
import { type KubeadmCall, KubeadmError } from './call.ts';
import { failed, readFlags, type Result, said } from '../result.ts';
import { certs, kubeconfigUser } from './certs.ts';
import { join } from './join.ts';
import { reset } from './reset.ts';
import { token } from './token.ts';
import { kubeadmVersion, upgrade } from './upgrade.ts';

const VALUED = ['--token', '--discovery-token-ca-cert-hash', '--ttl', '--description', '--kubeconfig', '--groups', '--usages', '--node-name', '--client-name', '--org', '--validity-period', '--cri-socket', '--ignore-preflight-errors', '-o', '--output', '--v', '-v', '--config'];
const COMMANDS: Readonly<Record<string, (call: KubeadmCall) => Promise<string> | string>> = {
  token, join, reset, certs, kubeconfig: kubeconfigUser, upgrade,
  version({ machine, flags }) {
    const version = kubeadmVersion(machine);
    const isShort = flags.get('-o') === 'short' || flags.get('--output') === 'short';
    return isShort ? `${version}\n` : `kubeadm version: &version.Info{Major:"1", Minor:"${version.split('.')[1]}", GitVersion:"${version}", GitTreeState:"clean", Compiler:"gc", Platform:"linux/amd64"}\n`;
  },
};

/** Runs one kubeadm command on a node. */
export async function kubeadm([command = '', ...args]: readonly string[], machine: Machine, { write, signal }: Pick<KubeadmCall, 'write' | 'signal'>): Promise<Result> {
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!run) return failed(`kubeadm: ${command ? `"${command}" is not modelled` : 'a command is needed'}; there are ${Object.keys(COMMANDS).sort().join(', ')}\n`);
  const { words, flags } = readFlags(args, VALUED);
  try {
    return said(await run({ machine, words, flags, write, signal }));
  } catch (error) {
    if (error instanceof KubeadmError) return failed(`${error.message}\nTo see the stack trace of this error execute with --v=5 or higher\n`);
    throw error;
  }
}
