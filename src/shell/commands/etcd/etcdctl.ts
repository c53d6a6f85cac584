/** etcdctl: etcd as an operator sees it, in the words of version 3.6. */
import { failed, type Result, said } from '../result.ts';
import { alarm, defrag, endpoint, member, moveLeader, snapshot } from './cluster.ts';
import { CommandError, type EtcdCall, type Flags, parse } from './connection.ts';
import { compaction, del, get, lease, put, txn, watch } from './keys.ts';
import { ETCD_VERSION } from '../../../cluster/etcd/member.ts';

type Command = (words: readonly string[], flags: Flags, call: EtcdCall) => Promise<Result>;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const GLOBAL_VALUED = 'endpoints cacert cert key write-out command-timeout dial-timeout user password keepalive-time keepalive-timeout discovery-srv';
const GLOBAL_PLAIN = 'help hex debug insecure-skip-tls-verify insecure-transport insecure-discovery version';

/** Commands with the flags that they take besides the global ones. */
const COMMANDS: Readonly<Record<string, { run: Command; about: string; valued?: string; plain?: string }>> = {
  get: { run: get, about: 'Gets the key or a range of keys', valued: 'limit rev order sort-by consistency', plain: 'prefix from-key keys-only count-only print-value-only' },
  put: { run: put, about: 'Puts the given key into the store', valued: 'lease', plain: 'prev-kv ignore-value ignore-lease' },
  del: { run: del, about: 'Removes the specified key or range of keys [key, range_end)', plain: 'prefix from-key prev-kv range' },
  txn: { run: txn, about: 'Txn processes all the requests in one transaction', plain: 'interactive' },
  watch: { run: watch, about: 'Watches events stream on keys or prefixes', valued: 'rev', plain: 'prefix prev-kv interactive progress-notify' },
  lease: { run: lease, about: 'Lease related commands', plain: 'keys once' },
  compaction: { run: compaction, about: 'Compacts the event history in etcd', plain: 'physical' },
  member: { run: member, about: 'Membership related commands', valued: 'peer-urls', plain: 'learner' },
  endpoint: { run: endpoint, about: 'Endpoint related commands', valued: 'rev', plain: 'cluster' },
  alarm: { run: alarm, about: 'Alarm related commands' },
  defrag: { run: defrag, about: 'Defragments the storage of the etcd members with given endpoints', plain: 'cluster' },
  'move-leader': { run: moveLeader, about: 'Transfers leadership to another etcd cluster member.' },
  snapshot: { run: snapshot, about: 'Manages etcd node snapshots' },
  version: { run: async () => said(`etcdctl version: ${ETCD_VERSION}\nAPI version: 3.6\n`), about: 'Prints the version of etcdctl' },
};

/** Runs one command line. To be awaited within an activity: what cannot be answered takes time. */
export async function etcdctl(args: readonly string[], call: EtcdCall): Promise<Result> {
  try {
    return await run(args, call);
  } catch (error) {
    if (error instanceof CommandError) return failed(`${error.log}Error: ${error.message}\n`, error.exitCode);
    throw error;
  }
}

async function run(args: readonly string[], call: EtcdCall): Promise<Result> {
  const name = args.find((arg, i) => !arg.startsWith('-') && !takesValue(args[i - 1])) ?? '';
  const command = find(name);
  if (name && !command) throw new CommandError(`unknown command "${name}" for "etcdctl"`);
  const { words: [, ...rest], flags } = parse(args, words(`${GLOBAL_VALUED} ${command?.valued ?? ''}`), words(`${GLOBAL_PLAIN} ${command?.plain ?? ''}`));
  if (!command && flags.has('version')) return COMMANDS.version!.run([], flags, call);
  if (!command || flags.has('help')) return said(help());
  return command.run(rest, flags.has('write-out') || !call.env.has('ETCDCTL_WRITE_OUT') ? flags : new Map([...flags, ['write-out', call.env.get('ETCDCTL_WRITE_OUT')!]]), call);
}

/** A command by its name or by as much of it as is its own (cobra's prefix matching). */
function find(name: string): (typeof COMMANDS)[string] | undefined {
  const matching = Object.keys(COMMANDS).filter((each) => name && each.startsWith(name));
  return COMMANDS[matching.includes(name) || matching.length !== 1 ? name : matching[0]!];
}

function takesValue(flag: string | undefined): boolean {
  return flag === '-w' || (flag !== undefined && words(GLOBAL_VALUED).has(flag.replace(/^--/, '')));
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `\t${name.padEnd(24)}${about}`);
  return `NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nUSAGE:\n\tetcdctl [flags]\n\nVERSION:\n\t${ETCD_VERSION}\n\nAPI VERSION:\n\t3.6\n\n\nCOMMANDS:\n${lines.join('\n')}\n\nOPTIONS:\n      --cacert=""\t\t\tverify certificates of TLS-enabled secure servers using this CA bundle\n      --cert=""\t\t\t\tidentify secure client using this TLS certificate file\n      --command-timeout=5s\t\ttimeout for short running command (excluding dial timeout)\n      --endpoints=[127.0.0.1:2379]\tgRPC endpoints\n      --key=""\t\t\t\tidentify secure client using this TLS key file\n  -w, --write-out="simple"\t\tset the output format (fields, json, protobuf, simple, table)\n\n`;
}
