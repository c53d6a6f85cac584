/** etcdctl's commands on keys: get, put, del, watch, txn, lease, compaction. */
import { EtcdError, type EtcdServerFace, type EtcdValue, type KeyValue, prefixEnd } from '../../../cluster/etcd/face.ts';
import { type Result, said } from '../result.ts';
import { askAny, CommandError, type EtcdCall, type Flags } from './connection.ts';
import { fields, header, headerFields, idOf, json, kvFields, kvJson, kvLines, leaseId } from './printing.ts';

const ALL = ['\0', '\uffff'] as const;
const REQUEST_BYTES_MAX = 1.5 * 1024 ** 2; // --max-request-bytes
const BAD_ARGUMENTS = 128;
const BAD_FEATURE = 4;

/** The keys that a command's arguments mean. Throws CommandError. */
function rangeOf(words: readonly string[], flags: Flags, command: string): { key: string; rangeEnd?: string } {
  const [key, end] = words;
  if (key === undefined || words.length > 2) throw new CommandError(`${command} command needs one argument as key and an optional argument as range_end`, BAD_ARGUMENTS);
  if (flags.has('prefix') && flags.has('from-key')) throw new CommandError('`--prefix` and `--from-key` cannot be set at the same time, choose one', BAD_ARGUMENTS);
  if (end !== undefined && (flags.has('prefix') || flags.has('from-key'))) throw new CommandError(`too many arguments, only accept one argument when \`--${flags.has('prefix') ? 'prefix' : 'from-key'}\` is set`, BAD_ARGUMENTS);
  if (flags.has('prefix')) return key ? { key, rangeEnd: prefixEnd(key) } : { key: ALL[0], rangeEnd: ALL[1] };
  if (flags.has('from-key')) return { key: key || ALL[0], rangeEnd: ALL[1] };
  return end === undefined ? { key } : { key, rangeEnd: end };
}

export async function get(words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const { key, rangeEnd } = rangeOf(words, flags, 'get');
  return askAny(flags, call, (etcd) => {
    const { kvs, count, more } = etcd.range(key, { rangeEnd, limit: numberOf('limit', flags), revision: numberOf('rev', flags), countOnly: flags.has('count-only'), serializable: flags.get('consistency') === 's' });
    const sorted = sortKeys(kvs, flags);
    const keysOnly = flags.has('keys-only');
    switch (formOf(flags)) {
      case 'json': return said(json({ header: header(etcd), ...(sorted.length ? { kvs: sorted.map((kv) => kvJson(kv, keysOnly)) } : {}), ...(more ? { more } : {}), ...(count ? { count } : {}) }));
      case 'fields': return said(fields([...headerFields(etcd), ...sorted.flatMap((kv) => kvFields(kv, keysOnly)), ['More', more], ['Count', count]]));
      case 'table': throw new CommandError('table is not supported as output format', BAD_FEATURE);
      default: return said(kvs.length === 0 && count > 0 ? `${count}\n` : sorted.map((kv) => kvLines(kv, flags)).join(''));
    }
  });
}

const SORT_BY: Readonly<Record<string, (kv: KeyValue) => string | number>> = {
  KEY: (kv) => kv.key, CREATE: (kv) => kv.createRevision, MODIFY: (kv) => kv.modRevision, VERSION: (kv) => kv.version, VALUE: (kv) => Buffer.from(kv.value.bytes()).toString(),
};

function sortKeys(kvs: readonly KeyValue[], flags: Flags): readonly KeyValue[] {
  const by = (flags.get('sort-by') ?? 'KEY').toUpperCase();
  const order = (flags.get('order') ?? 'ASCEND').toUpperCase();
  const value = SORT_BY[by];
  if (!value) throw new CommandError(`bad sort target ${flags.get('sort-by')}`, BAD_FEATURE);
  if (order !== 'ASCEND' && order !== 'DESCEND') throw new CommandError(`bad sort order ${flags.get('order')}`, BAD_FEATURE);
  if (by === 'KEY' && order === 'ASCEND') return kvs;
  const sign = order === 'DESCEND' ? -1 : 1;
  return [...kvs].sort((a, b) => (value(a) === value(b) ? 0 : value(a) < value(b) ? -sign : sign));
}

export async function put(words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const [key, text = call.stdin.replace(/\n$/, '')] = words;
  if (!key || words.length > 2) throw new CommandError('put command needs 1 argument and input from stdin or 2 arguments', BAD_ARGUMENTS);
  return askAny(flags, call, (etcd) => {
    const before = flags.has('prev-kv') ? etcd.range(key).kvs[0] : undefined;
    etcd.put(key, valueOf(text), { lease: flags.has('lease') ? leaseNumber(flags.get('lease')!) : undefined });
    if (formOf(flags) === 'json') return said(json({ header: header(etcd), ...(before ? { prev_kv: kvJson(before, false) } : {}) }));
    return said(formOf(flags) === 'fields' ? fields(headerFields(etcd)) : `OK\n${before ? kvLines(before, flags) : ''}`);
  });
}

function valueOf(text: string): EtcdValue {
  const stored = Buffer.from(text);
  if (stored.length > REQUEST_BYTES_MAX) throw new EtcdError('failed-precondition', 'etcdserver: request is too large');
  return { bytes: () => stored };
}

export async function del(words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const { key, rangeEnd } = rangeOf(words, flags, 'del');
  return askAny(flags, call, (etcd) => {
    const { deleted } = etcd.delete(key, { rangeEnd });
    const before = flags.has('prev-kv') ? deleted : [];
    if (formOf(flags) === 'json') return said(json({ header: header(etcd), ...(deleted.length ? { deleted: deleted.length } : {}), ...(before.length ? { prev_kvs: before.map((kv) => kvJson(kv, false)) } : {}) }));
    if (formOf(flags) === 'fields') return said(fields([...headerFields(etcd), ['Deleted', deleted.length]]));
    return said(`${deleted.length}\n${before.map((kv) => kvLines(kv, flags)).join('')}`);
  });
}

/** Shows changes as they come, until it is interrupted. */
export async function watch(words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const { key, rangeEnd } = rangeOf(words, flags, 'watch');
  const fromRevision = flags.has('rev') ? numberOf('rev', flags) : undefined;
  let open: { close(): void } | undefined;
  try {
    open = await askAny(flags, call, (etcd) => etcd.watch(key, { rangeEnd, fromRevision }, (events) => {
      for (const { type, kv, prev } of events) {
        const before = flags.has('prev-kv') && prev ? kvLines(prev, flags) : '';
        call.write(`${type}\n${before}${type === 'PUT' ? kvLines(kv, flags) : `${kv.key}\n\n`}`);
      }
    }));
  } catch (error) {
    if (error instanceof CommandError && error.message.includes('compacted')) throw new CommandError('watch is canceled by the server', 1, `watch was canceled (${error.message})\n`);
    throw error;
  }
  if (!call.signal.aborted) await call.cluster.world.block<void>('etcdctl watch', (wake) => call.signal.addEventListener('abort', () => wake(), { once: true }));
  open.close();
  return said('');
}

/** Conditions, then what is done if they hold and if they do not: three blocks on standard input, parted by empty lines. */
export async function txn(_words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const [conditions = [], success = [], failure = []] = `${call.stdin}\n`.split(/\n[ \t]*\n/).map((block) => block.split('\n').map((line) => line.trim()).filter(Boolean));
  return askAny(flags, call, (etcd) => {
    const holds = conditions.every((line) => compare(etcd, line));
    const answers = (holds ? success : failure).map((line) => `\n${operate(etcd, line, flags)}`);
    return said(`${holds ? 'SUCCESS' : 'FAILURE'}\n${answers.join('')}`);
  });
}

function compare(etcd: EtcdServerFace, line: string): boolean {
  const [, what = '', key = '', operator = '', wanted = ''] = /^(c|create|m|mod|val|value|ver|version)\("(.*)"\)\s*([<>=])\s*"(.*)"$/.exec(line) ?? [];
  if (!what) throw new CommandError(`malformed comparison: ${line}; got mod("key") = "0"`, 3);
  const kv = etcd.range(key).kvs[0];
  const isText = what.startsWith('val');
  const found = isText ? Buffer.from(kv?.value.bytes() ?? []).toString() : what.startsWith('c') ? (kv?.createRevision ?? 0) : what.startsWith('m') ? (kv?.modRevision ?? 0) : (kv?.version ?? 0);
  const other = isText ? wanted : Number(wanted);
  return operator === '=' ? found === other : operator === '<' ? found < other : found > other;
}

function operate(etcd: EtcdServerFace, line: string, flags: Flags): string {
  const [verb = '', key = '', text = ''] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  if (verb === 'get') return etcd.range(key).kvs.map((kv) => kvLines(kv, flags)).join('');
  if (verb === 'del') return `${etcd.delete(key).deleted.length}\n`;
  if (verb !== 'put') throw new CommandError(`invalid transaction operation: ${line}`, 3);
  etcd.put(key, valueOf(text));
  return 'OK\n';
}

export async function compaction(words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const [revision] = words;
  if (revision === undefined || words.length > 1) throw new CommandError('compaction command needs 1 argument', BAD_ARGUMENTS);
  if (!/^\d+$/.test(revision)) throw new CommandError(`strconv.ParseInt: parsing "${revision}": invalid syntax`);
  return askAny(flags, call, (etcd) => {
    etcd.compact(Number(revision));
    return said(`compacted revision ${revision}\n`);
  });
}

export async function lease([action = '', id = '']: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (!['grant', 'revoke', 'timetolive', 'list', 'keep-alive'].includes(action)) throw new CommandError(`unknown command "${action}" for "etcdctl lease"`);
  if (!id && action !== 'list') throw new CommandError(`lease ${action} command needs ${action === 'grant' ? 'TTL' : 'lease ID'} argument`, BAD_ARGUMENTS);
  return askAny(flags, call, (etcd) => {
    if (action === 'grant') return said(`lease ${leaseId(etcd.grantLease(Number(id)))} granted with TTL(${Number(id)}s)\n`);
    if (action === 'list') return said(`found ${etcd.leases().length} leases\n${etcd.leases().map((each) => `${leaseId(each.id)}\n`).join('')}`);
    const number = leaseNumber(id);
    if (action === 'revoke') {
      etcd.revokeLease(number);
      return said(`lease ${id} revoked\n`);
    }
    if (action === 'keep-alive') return said(`lease ${id} keepalived with TTL(${etcd.keepAlive(number).grantedSeconds})\n`);
    const found = etcd.lease(number);
    if (formOf(flags) === 'json') return said(json({ cluster_id: idOf(etcd.clusterId), member_id: idOf(etcd.memberId), revision: header(etcd).revision, raft_term: header(etcd).raft_term, id: idOf(id), ttl: found?.remainingSeconds ?? -1, 'granted-ttl': found?.grantedSeconds ?? 0, keys: found && flags.has('keys') ? found.keys.map((key) => Buffer.from(key).toString('base64')) : null }));
    if (!found) return said(`lease ${id} already expired\n`);
    return said(`lease ${id} granted with TTL(${found.grantedSeconds}s), remaining(${found.remainingSeconds}s)${flags.has('keys') ? `, attached keys([${found.keys.join(' ')}])` : ''}\n`);
  });
}

/** Throws CommandError. */
function leaseNumber(hex: string): number {
  if (!/^[0-9a-f]{1,16}$/.test(hex)) throw new CommandError(`bad lease ID arg (strconv.ParseInt: parsing ${JSON.stringify(hex)}: invalid syntax), expecting ID in Hex`, BAD_ARGUMENTS);
  return Number(BigInt(`0x${hex}`) & 0xffff_ffff_ffffn);
}

function numberOf(name: string, flags: Flags): number {
  return Number(flags.get(name) ?? 0);
}

function formOf(flags: Flags): string {
  return flags.get('write-out') ?? 'simple';
}
