/** etcd: a store in the data directory, served on the addresses and with the TLS that the flags say. */
import type { Listening, ServerTls } from '../../../network/types.ts';
import { NetworkError } from '../../../network/types.ts';
import { EtcdStore } from '../../../etcd/store.ts';
import type { ProcessContext } from '../../process.ts';
import type { Flags } from '../flags.ts';
import { checkKeyPair, FatalError, program, readFlagFile } from '../program.ts';

/** Databases by the identity that is written into their data directory: they outlive the process. */
export class EtcdDisks {
  readonly #stores = new Map<string, EtcdStore>();
  #next = 1;

  /** The store of a data directory, or a new one for an empty directory. */
  open(context: ProcessContext, dataDir: string, create: () => EtcdStore): EtcdStore {
    const marker = `${dataDir}/member/snap/db`;
    const known = context.files.exists(marker) ? this.#stores.get(context.files.read(marker).trim()) : undefined;
    if (known) return known;
    const store = create();
    context.files.makeDirectory(`${dataDir}/member/snap`, { mode: 0o700 });
    context.files.makeDirectory(`${dataDir}/member/wal`, { mode: 0o700 });
    context.files.write(marker, this.register(store), { mode: 0o600 });
    return store;
  }

  /** Gives a store an identity, as `etcdutl snapshot restore` needs it; what is returned goes into `member/snap/db`. */
  register(store: EtcdStore): string {
    const id = `bbolt ${this.#next++}`;
    this.#stores.set(id, store);
    return `${id}\n`;
  }
}

/** The program. */
export const etcdProgram = (disks: EtcdDisks) => program('etcd', (flags, context) => {
  const fatal = (error: string) => new FatalError(JSON.stringify({ level: 'fatal', ts: new Date(context.world.clock.now()).toISOString(), caller: 'etcdmain/etcd.go:186', msg: 'discovery failed', error }));
  const clientTls = serverTls(flags, context, '');
  const peerTls = serverTls(flags, context, 'peer-');
  const clientUrls = urls(flags, 'listen-client-urls', ['http://localhost:2379'], fatal);
  const dataDir = flags.text('data-dir') ?? `/${flags.text('name') ?? 'default'}.etcd`;
  const store = disks.open(context, dataDir, () => new EtcdStore({
    clock: context.world.clock, random: context.random, name: flags.text('name') ?? 'default', peerUrls: flags.list('initial-advertise-peer-urls'), clientUrls: flags.list('advertise-client-urls'),
  }));
  const open: Listening[] = [];
  const http = ({ path }: { path: string }) => (path === '/version' ? { status: 200, body: '{"etcdserver":"3.6.8","etcdcluster":"3.6.0"}' } : /^\/(health|livez|readyz)/.test(path) ? { status: 200, body: '{"health":"true","reason":""}' } : { status: 404, body: '404 page not found\n' });
  try {
    for (const url of clientUrls) open.push(context.network.listen(host(url), Number(url.port), { etcd: store, http }, url.protocol === 'https:' ? required(clientTls, url, fatal) : undefined));
    for (const url of urls(flags, 'listen-peer-urls', [], fatal)) open.push(context.network.listen(host(url), Number(url.port), {}, url.protocol === 'https:' ? required(peerTls, url, fatal) : undefined));
    for (const url of urls(flags, 'listen-metrics-urls', [], fatal)) open.push(context.network.listen(host(url), Number(url.port), { http }));
  } catch (error) {
    for (const listening of open) listening.close();
    if (error instanceof NetworkError) throw fatal(error.message);
    throw error;
  }
  context.useMemory(60 * 1024 * 1024);
  context.write(`${JSON.stringify({ level: 'info', ts: new Date(context.world.clock.now()).toISOString(), caller: 'embed/serve.go:210', msg: 'serving client traffic', address: flags.text('listen-client-urls') ?? '' })}\n`, 'stderr');
  return { stop: () => { for (const listening of open) listening.close(); } };
});

function serverTls(flags: Flags, context: ProcessContext, prefix: string): ServerTls | undefined {
  const certificate = flags.text(`${prefix}cert-file`);
  const key = flags.text(`${prefix}key-file`);
  const ca = flags.text(`${prefix}trusted-ca-file`);
  const wantsClients = flags.bool(`${prefix}client-cert-auth`, false);
  if (!certificate || !key) return undefined;
  if (wantsClients && !ca) throw new FatalError(JSON.stringify({ level: 'fatal', caller: 'etcdmain/etcd.go:186', msg: 'discovery failed', error: `client certificate authentication is enabled but no ${prefix}trusted-ca-file was given` }));
  const pair = { certificate: readFlagFile(context, certificate), key: readFlagFile(context, key) };
  checkKeyPair(pair.certificate, pair.key);
  return { ...pair, clientCa: ca ? readFlagFile(context, ca) : undefined, requireClientCertificate: wantsClients };
}

function urls(flags: Flags, name: string, usual: string[], fatal: (text: string) => FatalError): URL[] {
  const texts = flags.has(name) ? flags.list(name) : usual;
  return texts.map((text) => {
    if (!/^https?:\/\//.test(text)) throw fatal(`error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ${text}`);
    if (!URL.canParse(text)) throw fatal(`error setting up initial cluster: parse ${JSON.stringify(text)}: invalid URL`);
    const url = new URL(text);
    if (!url.port) throw fatal(`URL address does not have the form "host:port": ${text}`);
    return url;
  });
}

function required(tls: ServerTls | undefined, url: URL, fatal: (text: string) => FatalError): ServerTls {
  if (!tls) throw fatal(`cannot listen on TLS for ${host(url)}:${url.port}: KeyFile and CertFile are not presented`);
  return tls;
}

function host(url: URL): string {
  return url.hostname === 'localhost' ? '127.0.0.1' : url.hostname;
}
