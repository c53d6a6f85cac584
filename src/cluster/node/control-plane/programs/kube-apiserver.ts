/** kube-apiserver: reads its flags' files, waits for etcd, and serves on its secure port. */
import { groupResource } from '../../../api/kind.ts';
import { allKinds } from '../../../api/kinds/index.ts';
import { validatePlugins } from '../../../apiserver/admission/chain.ts';
import type { WebhookCaller } from '../../../apiserver/admission/types.ts';
import { ApiServer, type RequestRecord } from '../../../apiserver/api-server.ts';
import { Audit } from '../../../apiserver/audit/audit.ts';
import { logFile } from '../../../apiserver/audit/log-file.ts';
import { AuditPolicyError, parseAuditPolicy } from '../../../apiserver/audit/policy.ts';
import { type AnonymousAccess, AuthenticationConfigurationError, parseAuthenticationConfiguration } from '../../../apiserver/auth/authentication-configuration.ts';
import { validateModes } from '../../../apiserver/auth/authorize.ts';
import { tokenFile } from '../../../apiserver/auth/token-file.ts';
import { createSecurity } from '../../../apiserver/auth/security.ts';
import { bootstrap, type OwnAddress } from '../../../apiserver/bootstrap.ts';
import { EncryptionConfigurationError, parseEncryptionConfiguration, type EncryptionConfiguration } from '../../../apiserver/encryption/configuration.ts';
import { transformerFor } from '../../../apiserver/encryption/transformer.ts';
import { keepHouse } from '../../../apiserver/housekeeping.ts';
import type { DialService } from '../../../apiserver/aggregation/aggregator.ts';
import type { DialKubelet } from '../../../apiserver/pod-streams.ts';
import { VIRTUAL_KINDS } from '../../../apiserver/virtual-kinds.ts';
import type { Timer } from '../../../../time/clock.ts';
import { createClient } from '../../../client/client.ts';
import { type ApiClient, ApiError } from '../../../client/types.ts';
import { isoDate, LAST_USED_LABEL } from '../../../api/legacy-tokens.ts';
import { secrets } from '../../../client/resources.ts';
import { EtcdError } from '../../../etcd/face.ts';
import { addressIn, parseCidr } from '../../../network/addresses.ts';
import { type ClientTls, type Connection, type Listening, NetworkError, type ServerTls } from '../../../network/types.ts';
import { FileError } from '../../file-system.ts';
import type { ProcessContext } from '../../process.ts';
import type { Flags } from '../flags.ts';
import { checkKeyPair, FatalError, klogFatal, klogTime, program, programVersion, readFlagFile } from '../program.ts';
import { SERVICE_CIDR } from '../versions.ts';
import { etcdConnection } from './etcd-connection.ts';
import { httpAnswer } from './http-face.ts';
import { keepMasterLease } from './master-leases.ts';

const ETCD_WAIT_MS = 20_000; // the storage's start-up timeout
const CPU_MS_PER_REQUEST = 2;
const ETCD_RETRY_MS = 1_000;
const ENCRYPTION_POLL_MS = 60_000; // EncryptionConfigFileChangePollDuration

export interface ApiServerHooks {
  /** Called with each server that begins or ends to serve. */
  onServing?: (server: ApiServer, isServing: boolean) => void;
  onRequest?: (record: RequestRecord) => void;
}

/** The program. */
export const kubeApiServerProgram = (hooks: ApiServerHooks = {}) => program('kube-apiserver', (flags, context) => {
  const settings = readSettings(flags, context);
  const { world } = context;
  const sinceMs = world.clock.now();
  let timer: Timer | undefined;
  let running: { stop(): void } | undefined;
  const etcd = etcdConnection({ world, network: context.network, servers: flags.list('etcd-servers'), tls: settings.etcdTls, onReplaced: () => world.soon('etcd replaced', () => context.exit(1)) });

  const tryStart = () => {
    try {
      etcd.connect();
      running = serve(flags, context, settings, etcd, hooks);
    } catch (error) {
      if (error instanceof FatalError) {
        context.write(`${error.message}\n`, 'stderr');
        return context.exit(error.code);
      }
      if (!(error instanceof NetworkError) && !(error instanceof EtcdError)) throw error;
      if (world.clock.now() - sinceMs >= ETCD_WAIT_MS) {
        context.write(`${klogFatal(context, 'run.go:72', `error building REST storage: connect etcd: ${error.message}: context deadline exceeded`).message}\n`, 'stderr');
        return context.exit(1);
      }
      context.write(`W ${context.hostname} logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: "${flags.text('etcd-servers') ?? ''}"}. Err: connection error: desc = "transport: ${error.message}"\n`, 'stderr');
      timer = world.clock.after(ETCD_RETRY_MS, 'kube-apiserver waits for etcd', tryStart);
    }
  };
  timer = world.clock.after(0, 'kube-apiserver', tryStart);
  context.useMemory(300 * 1024 * 1024);
  return {
    stop() {
      timer?.cancel();
      running?.stop();
      etcd.close();
    },
  };
});

interface Settings { etcdTls: ClientTls; tls: ServerTls; clientCa?: string; serviceAccountKey?: string; signingKey?: string; anonymous: boolean | AnonymousAccess; encryption?: EncryptionConfiguration; audit?: Audit; tokens?: ReturnType<typeof tokenFile>; kubelet: ClientTls; proxy: ClientTls; port: number }

function readSettings(flags: Flags, context: ProcessContext): Settings {
  const file = (name: string) => {
    const path = flags.text(name);
    return path === undefined ? undefined : readFlagFile(context, path);
  };
  const must = (name: string) => {
    const text = file(name);
    if (text === undefined) throw klogFatal(context, 'run.go:72', `--${name} must be specified`);
    return text;
  };
  const modeProblem = validateModes(flags.has('authorization-mode') ? flags.list('authorization-mode') : ['AlwaysAllow'], { ABAC: flags.text('authorization-policy-file'), Webhook: flags.text('authorization-webhook-config-file') });
  if (modeProblem) throw klogFatal(context, 'run.go:72', modeProblem);
  for (const flag of ['enable-admission-plugins', 'disable-admission-plugins'] as const) {
    const problem = validatePlugins(flag, flags.list(flag));
    if (problem) throw klogFatal(context, 'run.go:72', problem);
  }
  const cipher = flags.list('tls-cipher-suites').find((name) => !/^TLS_((ECDHE_)?(RSA|ECDSA)_WITH_)?(AES_(128|256)_(GCM_SHA(256|384)|CBC_SHA(256)?)|CHACHA20_POLY1305(_SHA256)?|3DES_EDE_CBC_SHA|RC4_128_SHA)$/.test(name));
  if (cipher) throw klogFatal(context, 'run.go:72', `Cipher suite ${cipher} not supported or doesn't exist`);
  if (flags.list('etcd-servers').length === 0) throw klogFatal(context, 'run.go:72', '--etcd-servers must be specified');
  const range = flags.text('service-cluster-ip-range');
  if (range && !parseCidr(range.split(',')[0]!)) throw klogFatal(context, 'run.go:72', `--service-cluster-ip-range is invalid: invalid CIDR address: ${range}`);
  checkKeyPair(must('tls-cert-file'), must('tls-private-key-file'));
  return {
    etcdTls: { ca: file('etcd-cafile'), certificate: file('etcd-certfile'), key: file('etcd-keyfile') },
    tls: { certificate: must('tls-cert-file'), key: must('tls-private-key-file'), clientCa: file('client-ca-file') },
    clientCa: file('client-ca-file'), serviceAccountKey: must('service-account-key-file'), signingKey: must('service-account-signing-key-file'),
    tokens: flags.text('token-auth-file') ? tokenFile(file('token-auth-file') ?? '') : undefined,
    anonymous: readAnonymous(flags, context), encryption: readEncryption(flags, context), audit: readAudit(flags, context),
    kubelet: { certificate: file('kubelet-client-certificate'), key: file('kubelet-client-key'), ca: file('kubelet-certificate-authority'), insecureSkipVerify: !flags.has('kubelet-certificate-authority') },
    proxy: { certificate: file('proxy-client-cert-file'), key: file('proxy-client-key-file') },
    port: flags.int('secure-port', 6443),
  };
}

function readAnonymous(flags: Flags, context: ProcessContext): boolean | AnonymousAccess {
  const path = flags.text('authentication-config');
  const byFlag = flags.bool('anonymous-auth', true);
  if (!path) return byFlag;
  try {
    return parseAuthenticationConfiguration(readFlagFile(context, path), path, flags.has('anonymous-auth')) ?? byFlag;
  } catch (error) {
    throw error instanceof AuthenticationConfigurationError ? klogFatal(context, 'run.go:72', error.message) : error;
  }
}

function readEncryption(flags: Flags, context: ProcessContext): EncryptionConfiguration | undefined {
  const path = flags.text('encryption-provider-config');
  if (!path && flags.bool('encryption-provider-config-automatic-reload', false)) throw klogFatal(context, 'run.go:72', '--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
  if (!path) return undefined;
  try {
    return parseEncryptionConfiguration(readFlagFile(context, path), path);
  } catch (error) {
    if (error instanceof EncryptionConfigurationError) throw klogFatal(context, 'run.go:72', error.message);
    throw error;
  }
}

/** --encryption-provider-config-automatic-reload: the file is read anew each minute; what cannot be used is logged, and the last good one stays. */
function watchEncryption(flags: Flags, context: ProcessContext, use: (read: EncryptionConfiguration | undefined) => void): { stop(): void } {
  const { clock } = context.world;
  const next = (): Timer => clock.after(ENCRYPTION_POLL_MS, 'encryption configuration', () => {
    timer = next();
    try {
      use(readEncryption(flags, context));
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      context.write(`E${klogTime(clock.now())}       1 controller.go:163] "Unhandled Error" err="error reloading encryption config: ${error.message.replace(/^.*?\] /s, '').replaceAll('"', '\\"')}"\n`, 'stderr');
    }
  });
  let timer = next();
  return { stop: () => timer.cancel() };
}

/** The audit log, if there are a policy and a place for it. */
function readAudit(flags: Flags, context: ProcessContext): Audit | undefined {
  const [path, log] = [flags.text('audit-policy-file'), flags.text('audit-log-path')];
  const [maxAge, maxBackup, maxSize] = ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize'].map((name) => flags.int(name, 0));
  const refuse = (why: string) => klogFatal(context, 'run.go:72', why);
  for (const name of ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize']) if (flags.int(name, 0) < 0) throw refuse(`--${name} ${flags.int(name, 0)} can't be a negative number`);
  const [mode, format] = [flags.text('audit-log-mode') ?? 'blocking', flags.text('audit-log-format') ?? 'json'];
  if (!['batch', 'blocking', 'blocking-strict'].includes(mode)) throw refuse(`invalid audit log mode ${mode}, allowed modes are "batch,blocking,blocking-strict"`);
  if (!['legacy', 'json'].includes(format)) throw refuse(`invalid audit log format ${format}, allowed formats are "legacy,json"`);
  if (!path) return undefined;
  try {
    const policy = parseAuditPolicy(readPolicy(context, path), path);
    if (!log) return undefined;
    const { files, world, random } = context;
    const write = log === '-' ? (line: string) => context.write(`${line}\n`) : logFile({ files, path: log, now: () => world.clock.now(), maxSize: maxSize || 100, maxBackup: maxBackup!, maxAge: maxAge! });
    return new Audit({ policy, clock: world.clock, random: random.fork('audit'), write });
  } catch (error) {
    if (error instanceof AuditPolicyError) throw refuse(error.message);
    if (error instanceof FileError) throw refuse(`ensureLogFile: ${error.message}`);
    throw error;
  }
}

function readPolicy(context: ProcessContext, path: string): string {
  try {
    return readFlagFile(context, path);
  } catch (error) {
    if (error instanceof FatalError) throw new AuditPolicyError(`loading audit policy file: failed to read file path ${JSON.stringify(path)}: ${error.message}`);
    throw error;
  }
}

function serve(flags: Flags, context: ProcessContext, settings: Settings, etcd: ReturnType<typeof etcdConnection>, hooks: ApiServerHooks): { stop(): void } {
  const { world, random } = context;
  let { encryption } = settings;
  const server: ApiServer = new ApiServer({
    world, random: random.fork('apiserver'), etcd, kinds: allKinds, gates: flags.gates(), virtualKinds: VIRTUAL_KINDS, version: programVersion(context),
    security: (storage) => createSecurity(storage, {
      clock: world.clock, random: random.fork('security'), clientCa: settings.clientCa, serviceAccountKey: settings.serviceAccountKey, serviceAccountSigningKey: settings.signingKey,
      issuer: flags.text('service-account-issuer'), anonymous: settings.anonymous, tokens: settings.tokens, lookup: flags.bool('service-account-lookup', true),
      audiences: flags.has('api-audiences') ? flags.list('api-audiences') : undefined, extendTokenExpiration: flags.bool('service-account-extend-token-expiration', true), bootstrapTokens: flags.bool('enable-bootstrap-token-auth', false),
      authorizationModes: flags.has('authorization-mode') ? flags.list('authorization-mode') : ['AlwaysAllow'],
      enableAdmissionPlugins: flags.list('enable-admission-plugins'), disableAdmissionPlugins: flags.list('disable-admission-plugins'),
      callWebhook: webhookCaller(context),
      legacyTokenUsed: ({ metadata: { name, namespace } }) => void createClient({ transport: server.loopback() }).patch(secrets, name, namespace, { metadata: { labels: { [LAST_USED_LABEL]: isoDate(world.clock.now()) } } }),
    }),
    transformer: (kind) => encryption && transformerFor(encryption, groupResource(kind)),
    dialKubelet: dialer(context, settings.kubelet, () => server),
    fetch: (url, request, toKubelet) => context.network.fetch(url, request, toKubelet ? settings.kubelet : { insecureSkipVerify: true }),
    dialService: serviceDialer(context, settings.proxy),
    serviceClusterIpRange: flags.text('service-cluster-ip-range') ?? SERVICE_CIDR,
    eventTtlSeconds: flags.ms('event-ttl', 3_600_000) / 1000,
    isEtcdAvailable: () => etcd.isAvailable(),
    health: { 'etcd-0': () => (etcd.isAvailable() ? undefined : 'etcd is not available'), scheduler: healthOf(context, 10259), 'controller-manager': healthOf(context, 10257) },
    audit: settings.audit, usage: context.usage,
    onRequest: (record) => {
      context.spendCpu?.(CPU_MS_PER_REQUEST);
      hooks.onRequest?.(record);
    },
  });
  server.start();
  const listening = listen(context, flags, settings, server);
  const client = createClient({ transport: server.loopback() });
  const serviceRange = flags.text('service-cluster-ip-range')?.split(',')[0] ?? SERVICE_CIDR;
  const own = { serviceIP: addressIn(serviceRange, 1), serviceRange, address: ownAddress(flags, context), port: settings.port };
  publishItself(client, own, context);
  const masterLease = keepMasterLease(world, etcd, server, own.address);
  hooks.onServing?.(server, true);
  const reloading = flags.bool('encryption-provider-config-automatic-reload', false) ? watchEncryption(flags, context, (read) => { encryption = read; }) : undefined;
  const house = keepHouse({ world, client, own, hostname: context.hostname, instance: random.uuid(), compactionMs: flags.ms('etcd-compaction-interval', 300_000), compact: () => server.compact() });
  return {
    stop() {
      reloading?.stop();
      house.stop();
      masterLease.close();
      listening.close();
      server.stop();
      hooks.onServing?.(server, false);
    },
  };
}

/** Makes sure of the namespaces and of its own Service. What is refused is logged, and the server serves on. */
function publishItself(client: ApiClient, own: OwnAddress, context: ProcessContext): void {
  try {
    bootstrap(client, own, context.world.clock.now());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    context.write(`E${klogTime(context.world.clock.now())}       1 controller.go:163] "Unhandled Error" err=${JSON.stringify(`unable to sync kubernetes service: ${error.message}`)}\n`, 'stderr');
  }
}

function ownAddress(flags: Flags, context: ProcessContext): string {
  return flags.text('advertise-address') ?? context.network.addresses[0]!;
}

/** Asks a neighbour on this machine how it is. */
function healthOf({ network }: ProcessContext, port: number): () => string | undefined {
  const url = `https://127.0.0.1:${port}/healthz`;
  return () => {
    try {
      network.fetch(url, {}, { insecureSkipVerify: true });
      return undefined;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return `Get "${url}": ${error.message}`;
    }
  };
}

function listen(context: ProcessContext, flags: Flags, { tls, port }: Settings, server: ApiServer): Listening {
  try {
    return context.network.listen(flags.text('bind-address') ?? '0.0.0.0', port, {
      api: server,
      http: (request, peer) => httpAnswer(server, request, peer),
    }, tls);
  } catch (error) {
    if (error instanceof NetworkError) throw new FatalError(`failed to create listener: failed to listen on 0.0.0.0:${port}: ${error.message}`);
    throw error;
  }
}

/** Posts to a webhook from this machine. One that takes longer than it may is no answer. */
function webhookCaller({ network }: ProcessContext): WebhookCaller {
  return ({ url, address, ca, timeoutSeconds, body }) => {
    const answer = network.fetch(url, { method: 'POST', address, body, headers: { 'content-type': 'application/json', accept: 'application/json' } }, { ca });
    if ((answer.latencyMs ?? 0) > timeoutSeconds * 1000) throw new NetworkError('timeout', 'context deadline exceeded');
    return answer;
  };
}

/** As the front proxy of aggregated APIs. */
function serviceDialer({ network }: ProcessContext, proxy: ClientTls): DialService {
  return (address, port, { caBundle, insecureSkipTLSVerify, service }) => {
    const trust = insecureSkipTLSVerify ? { insecureSkipVerify: true } : { ca: Buffer.from(caBundle ?? '', 'base64').toString() };
    const connection = network.connect(address, port, { ...proxy, ...trust, serverName: `${service?.name}.${service?.namespace}.svc` });
    const { api } = connection.service;
    connection.close();
    if (!api) throw new NetworkError('refused', `dial tcp ${address}:${port}: connect: connection refused`);
    return api;
  };
}

function dialer(context: ProcessContext, tls: ClientTls, server: () => ApiServer): DialKubelet {
  const open = new Map<string, Connection>();
  return (nodeName) => {
    const address = server().addressOf(nodeName);
    if (!address) throw new NetworkError('no such host', `dial tcp: lookup ${nodeName}: no such host`);
    let connection = open.get(address);
    if (!connection) {
      open.set(address, (connection = context.network.connect(address, 10250, tls)));
      connection.onClose(() => open.delete(address));
    }
    const { service: { kubelet }, peer } = connection;
    if (!kubelet) throw new NetworkError('refused', `dial tcp ${address}:10250: connect: connection refused`);
    const refusal = kubelet.refusal?.(peer);
    if (refusal) throw new NetworkError('tls', refusal.message);
    return kubelet;
  };
}
