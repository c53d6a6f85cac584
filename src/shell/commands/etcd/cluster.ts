/** etcdctl's commands on the cluster: members, endpoints, alarms, space, leadership, snapshots. */
import type { EtcdServerFace, MemberInfo } from '../../../cluster/etcd/face.ts';
import { type Result, said } from '../result.ts';
import { ask, askAny, CommandError, endpointsOf, type EtcdCall, type Flags } from './connection.ts';
import { bytes, fields, header, headerFields, idOf, json, simple, table } from './printing.ts';

const BAD_ARGUMENTS = 128;
const TOOK = '9.1ms';

export async function member([action = '', word]: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (action === 'list') return askAny(flags, call, (etcd) => said(memberList(etcd, flags.get('write-out'))));
  if (!['add', 'remove', 'update', 'promote'].includes(action)) throw new CommandError(`unknown command "${action}" for "etcdctl member"`);
  if (word === undefined) throw new CommandError(action === 'add' ? 'member name not provided' : 'member ID is not provided', BAD_ARGUMENTS);
  if (action !== 'add' && !/^[0-9a-f]{1,16}$/.test(word)) throw new CommandError(`bad member ID arg (strconv.ParseUint: parsing ${JSON.stringify(word)}: invalid syntax), expecting ID in Hex`, BAD_ARGUMENTS);
  const id = word.padStart(16, '0');
  const peerUrls = flags.get('peer-urls')?.split(',') ?? [];
  if ((action === 'add' || action === 'update') && peerUrls.length === 0) throw new CommandError('member peer urls not provided', BAD_ARGUMENTS);
  return askAny(flags, call, (etcd) => {
    switch (action) {
      case 'add': return said(added(etcd, word, etcd.members(), etcd.addMember(peerUrls, flags.has('learner')), flags));
      case 'remove': etcd.removeMember(id); return said(`Member ${word.padStart(16)} removed from cluster ${etcd.clusterId}\n`);
      case 'promote': etcd.promoteMember(id); return said(`Member ${word.padStart(16)} promoted in cluster ${etcd.clusterId}\n`);
      default: etcd.updateMember(id, peerUrls); return said(`Member ${word.padStart(16)} updated in cluster ${etcd.clusterId}\n`);
    }
  });
}

function memberJson({ id, name, peerUrls, clientUrls, isLearner }: MemberInfo): object {
  return { ID: idOf(id), ...(name ? { name } : {}), peerURLs: peerUrls, ...(clientUrls.length ? { clientURLs: clientUrls } : {}), ...(isLearner ? { isLearner } : {}) };
}

function memberList(etcd: EtcdServerFace, form: string | undefined): string {
  const all = etcd.members();
  if (form === 'json') return json({ header: header(etcd), members: all.map(memberJson) });
  if (form === 'fields') return fields(headerFields(etcd)) + all.map((m) => `${fields([['ID', idOf(m.id)], ['Name', m.name], ...m.peerUrls.map((url) => ['PeerURL', url] as const), ...m.clientUrls.map((url) => ['ClientURL', url] as const), ['IsLearner', m.isLearner]])}\n`).join('');
  const rows = all.map((m) => [m.id.replace(/^0+/, ''), m.name ? 'started' : 'unstarted', m.name, m.peerUrls.join(','), m.clientUrls.join(','), String(m.isLearner)]);
  return form === 'table' ? table(['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], rows) : simple(rows);
}

/** What an operator needs for starting the new member; asks nothing more, since a second voter takes the majority away until it runs. */
function added(etcd: EtcdServerFace, name: string, before: readonly MemberInfo[], member: MemberInfo, flags: Flags): string {
  const members = [...before, member].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (flags.get('write-out') === 'json') return json({ header: header(etcd), member: memberJson(member), members: members.map(memberJson) });
  const cluster = members.flatMap((each) => each.peerUrls.map((url) => `${each.id === member.id ? name : each.name}=${url}`));
  return [
    `Member ${member.id} added to cluster ${etcd.clusterId}`, '', `ETCD_NAME="${name}"`, `ETCD_INITIAL_CLUSTER="${cluster.join(',')}"`,
    `ETCD_INITIAL_ADVERTISE_PEER_URLS="${member.peerUrls.join(',')}"`, 'ETCD_INITIAL_CLUSTER_STATE="existing"', '',
  ].join('\n');
}

interface Answers<T> { good: { endpoint: string; value: T }[]; bad: { endpoint: string; error: CommandError }[] }

async function askEach<T>(flags: Flags, call: EtcdCall, use: (etcd: EtcdServerFace) => T): Promise<Answers<T>> {
  const endpoints = flags.has('cluster') ? await askAny(flags, call, (etcd) => etcd.members().flatMap(({ clientUrls }) => [...clientUrls])) : endpointsOf(flags, call);
  const answers: Answers<T> = { good: [], bad: [] };
  for (const endpoint of endpoints) {
    try {
      answers.good.push({ endpoint, value: await ask(endpoint, flags, call, use) });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      answers.bad.push({ endpoint, error });
    }
  }
  return answers;
}

export async function endpoint([what = '']: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (what === 'health') return health(flags, call);
  if (what === 'status') return status(flags, call);
  if (what === 'hashkv') return hashKv(flags, call);
  throw new CommandError(`unknown command "${what}" for "etcdctl endpoint"`);
}

async function health(flags: Flags, call: EtcdCall): Promise<Result> {
  const { good, bad } = await askEach(flags, call, (etcd) => {
    if (!etcd.status().isLearner) etcd.range('health');
    return etcd.alarms();
  });
  const rows = [
    ...good.map(({ endpoint: ep, value }) => ({ endpoint: ep, health: value.length === 0, took: TOOK, error: value.length ? `Active Alarm(s): ${value.map(({ alarm: kind }) => kind).join(', ')}` : '' })),
    ...bad.map(({ endpoint: ep, error }) => ({ endpoint: ep, health: false, took: '5.000s', error: error.message })),
  ];
  const isBad = rows.some((row) => !row.health);
  const end = { stderr: `${bad.map(({ error }) => error.log).join('')}`, exitCode: isBad ? 1 : 0 };
  const last = isBad ? 'Error: unhealthy cluster\n' : '';
  const form = flags.get('write-out');
  if (form === 'json') return { ...end, stdout: json(rows.map(({ error, ...row }) => ({ ...row, ...(error ? { error } : {}) }))), stderr: end.stderr + last };
  if (form === 'table') return { ...end, stdout: table(['ENDPOINT', 'HEALTH', 'TOOK', 'ERROR'], rows.map((row) => [row.endpoint, String(row.health), row.took, row.error])), stderr: end.stderr + last };
  const line = (row: (typeof rows)[number]) => `${row.endpoint} is ${row.health ? `healthy: successfully committed proposal: took = ${row.took}` : `unhealthy: failed to commit proposal: ${row.error}`}\n`;
  return { ...end, stdout: rows.filter((row) => row.health).map(line).join(''), stderr: end.stderr + rows.filter((row) => !row.health).map(line).join('') + last };
}

const STATUS_COLUMNS = ['ENDPOINT', 'ID', 'VERSION', 'STORAGE VERSION', 'DB SIZE', 'IN USE', 'PERCENTAGE NOT IN USE', 'QUOTA', 'IS LEADER', 'IS LEARNER', 'RAFT TERM', 'RAFT INDEX', 'RAFT APPLIED INDEX', 'ERRORS', 'DOWNGRADE TARGET VERSION', 'DOWNGRADE ENABLED'];

async function status(flags: Flags, call: EtcdCall): Promise<Result> {
  const { good, bad } = await askEach(flags, call, (etcd) => ({ etcd, ...etcd.status() }));
  const stderr = bad.map(({ endpoint: ep, error }) => `${error.log}Failed to get the status of endpoint ${ep} (${error.message})\n`).join('');
  const form = flags.get('write-out');
  const exitCode = bad.length ? 1 : 0;
  if (form === 'json') {
    return { stderr, exitCode, stdout: json(good.map(({ endpoint: Endpoint, value: s }) => ({ Endpoint, Status: {
      header: header(s.etcd), version: s.version, dbSize: s.dbSizeBytes, ...(s.leader ? { leader: idOf(s.leader) } : {}), raftIndex: s.raftIndex, raftTerm: s.raftTerm, raftAppliedIndex: s.raftIndex,
      ...(s.errors.length ? { errors: s.errors } : {}), dbSizeInUse: s.dbSizeInUseBytes, ...(s.isLearner ? { isLearner: true } : {}), storageVersion: '3.6.0', ...(s.quotaBytes ? { dbSizeQuota: s.quotaBytes } : {}), downgradeInfo: {},
    } }))) };
  }
  if (form === 'fields') {
    return { stderr, exitCode, stdout: good.map(({ endpoint: ep, value: s }) => `${fields([...headerFields(s.etcd), ['Version', s.version], ['StorageVersion', '3.6.0'], ['DBSize', s.dbSizeBytes], ['DBSizeInUse', s.dbSizeInUseBytes], ['DBSizeQuota', s.quotaBytes], ['Leader', s.leader ? idOf(s.leader) : 0], ['IsLearner', s.isLearner], ['RaftIndex', s.raftIndex], ['RaftTerm', s.raftTerm], ['RaftAppliedIndex', s.raftIndex]])}"Errors" : [${s.errors.join(' ')}]\n"Endpoint" : ${JSON.stringify(ep)}\n\n`).join('') };
  }
  const rows = good.map(({ endpoint: ep, value: s }) => [
    ep, s.etcd.memberId.replace(/^0+/, ''), s.version, '3.6.0', bytes(s.dbSizeBytes), bytes(s.dbSizeInUseBytes), `${Math.round(100 * (1 - s.dbSizeInUseBytes / s.dbSizeBytes))}%`, bytes(s.quotaBytes),
    String(s.leader === s.etcd.memberId), String(s.isLearner), String(s.raftTerm), String(s.raftIndex), String(s.raftIndex), s.errors.join(', '), '', 'false',
  ]);
  return { stderr, exitCode, stdout: form === 'table' ? table(STATUS_COLUMNS, rows) : simple(rows) };
}

async function hashKv(flags: Flags, call: EtcdCall): Promise<Result> {
  const { good, bad } = await askEach(flags, call, (etcd) => ({ etcd, ...etcd.hashKv(), revision: etcd.status().revision }));
  const stderr = bad.map(({ endpoint: ep, error }) => `${error.log}Failed to get the hash of endpoint ${ep} (${error.message})\n`).join('');
  const rows = good.map(({ endpoint: ep, value }) => [ep, String(value.hash), String(value.revision)]);
  const form = flags.get('write-out');
  const stdout = form === 'json' ? json(good.map(({ endpoint: ep, value }) => ({ Endpoint: ep, HashKV: { header: header(value.etcd), hash: value.hash, compact_revision: value.compactRevision, hash_revision: value.revision } }))) : form === 'table' ? table(['ENDPOINT', 'HASH', 'HASH REVISION'], rows) : simple(rows);
  return { stdout, stderr, exitCode: bad.length ? 1 : 0 };
}

export async function alarm([action = '']: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (action !== 'list' && action !== 'disarm') throw new CommandError(`unknown command "${action}" for "etcdctl alarm"`);
  return askAny(flags, call, (etcd) => {
    const found = action === 'list' ? etcd.alarms() : etcd.disarm();
    if (flags.get('write-out') === 'json') return said(json({ header: header(etcd), ...(found.length ? { alarms: found.map((each) => ({ memberID: idOf(each.memberId), alarm: 1 })) } : {}) }));
    return said(found.map((each) => `memberID:${idOf(each.memberId)} alarm:${each.alarm} \n`).join(''));
  });
}

export async function defrag(_words: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  const { good, bad } = await askEach(flags, call, (etcd) => etcd.defragment());
  return {
    stdout: good.map(({ endpoint: ep }) => `Finished defragmenting etcd member[${ep}]. took 12.3ms\n`).join(''),
    stderr: bad.map(({ endpoint: ep, error }) => `${error.log}Failed to defragment etcd member[${ep}]. took 5.000s. (${error.message})\n`).join(''), exitCode: bad.length ? 1 : 0,
  };
}

export async function moveLeader([target]: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (target === undefined) throw new CommandError('move-leader command needs 1 argument', BAD_ARGUMENTS);
  if (!/^[0-9a-f]{1,16}$/.test(target)) throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(target)}: invalid syntax`, BAD_ARGUMENTS);
  const { good } = await askEach(flags, call, (etcd) => (etcd.status().leader === etcd.memberId ? etcd : undefined));
  const leader = good.find(({ value }) => value !== undefined);
  if (!leader) throw new CommandError(`no leader endpoint given at [${endpointsOf(flags, call).join(' ')}]`, BAD_ARGUMENTS);
  return ask(leader.endpoint, flags, call, (etcd) => {
    etcd.moveLeader(target.padStart(16, '0'));
    return said(`Leadership transferred from ${etcd.memberId} to ${target}\n`);
  });
}

export async function snapshot([action = '', path]: readonly string[], flags: Flags, call: EtcdCall): Promise<Result> {
  if (action !== 'save') throw new CommandError(`unknown command "${action}" for "etcdctl snapshot"`);
  if (path === undefined) throw new CommandError('snapshot save expects one argument', BAD_ARGUMENTS);
  const endpoints = endpointsOf(flags, call);
  if (endpoints.length > 1) throw new CommandError(`snapshot must be requested to one selected node, not multiple [${endpoints.join(' ')}]`, BAD_ARGUMENTS);
  const full = call.resolve(path);
  const folder = full.slice(0, full.lastIndexOf('/')) || '/';
  if (!call.host.files.exists(folder)) throw new CommandError(`could not open ${path}.part (open ${path}.part: no such file or directory)`);
  const data = await ask(endpoints[0]!, flags, call, (etcd) => etcd.snapshot());
  call.host.files.write(full, data, { mode: 0o600 });
  const log = (caller: string, msg: string, more: object) => `${JSON.stringify({ level: 'info', ts: new Date(call.cluster.world.clock.now()).toISOString(), caller, msg, ...more })}\n`;
  return {
    stdout: `Snapshot saved at ${path}\nServer version 3.6.0\n`, exitCode: 0,
    stderr: log('snapshot/v3_snapshot.go:83', 'created temporary db file', { path: `${path}.part` }) + log('client', 'opened snapshot stream; downloading', {})
      + log('snapshot/v3_snapshot.go:96', 'fetching snapshot', { endpoint: endpoints[0] }) + log('snapshot/v3_snapshot.go:111', 'fetched snapshot', { endpoint: endpoints[0], size: bytes(data.length), took: 'now', 'etcd-version': '3.6.0' }) + log('snapshot/v3_snapshot.go:121', 'saved', { path }),
  };
}
