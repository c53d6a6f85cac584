/** curl: one exchange a URL, with the flags that people use and curl's own words when it fails. */
import type { World } from '../../../../time/simulation.ts';
import { type ClientTls, type HttpResponse, NetworkError, type NetworkStack } from '../../../network/types.ts';
import { RESOLVE_TIMEOUT_MS } from './dns-commands.ts';
import { CONNECT_TIMEOUT_MS, exchange, LateAnswer, type Result, STATUS_TEXT } from './network-commands.ts';

const REDIRECTS_MAX = 50;
const EXIT: Readonly<Record<NetworkError['reason'], number>> = { 'no such host': 6, refused: 7, unreachable: 7, timeout: 28, tls: 60, 'port in use': 7 };

export interface CurlFiles { read(path: string): Promise<string>; write(path: string, text: string): Promise<void>; stdin: string }

interface Options {
  urls: string[]; method?: string; headers: Record<string, string>; body?: string; output?: string; format?: string; ca?: string; certificate?: string; key?: string; maxTimeMs?: number; connectTimeoutMs?: number;
  /** `host:port` to the address of --resolve. */
  addresses: Map<string, string>;
  flags: Set<string>;
}

const WITH_VALUE: Readonly<Record<string, string>> = {
  '-X': 'request', '-H': 'header', '-d': 'data', '-o': 'output', '-w': 'write-out', '-m': 'max-time', '-E': 'cert', '-u': 'user', '-A': 'user-agent', '-e': 'referer', '-b': 'cookie', '-T': 'upload-file',
  '--data-binary': 'data', '--data-raw': 'data', '--data-urlencode': 'data', '--json': 'json',
  ...Object.fromEntries(['request', 'header', 'data', 'output', 'write-out', 'max-time', 'connect-timeout', 'cacert', 'cert', 'key', 'user', 'user-agent', 'referer', 'cookie', 'retry', 'retry-delay', 'resolve', 'url', 'noproxy', 'interface'].map((name) => [`--${name}`, name])),
};
const SWITCHES: Readonly<Record<string, string>> = {
  '-s': 'silent', '-S': 'show-error', '-f': 'fail', '-i': 'include', '-I': 'head', '-k': 'insecure', '-v': 'verbose', '-L': 'location', '-g': 'globoff', '-N': 'no-buffer', '-4': 'ipv4', '-O': 'remote-name', '-G': 'get', '-#': 'progress-bar',
  ...Object.fromEntries(['silent', 'show-error', 'fail', 'include', 'head', 'insecure', 'verbose', 'location', 'globoff', 'no-buffer', 'ipv4', 'remote-name', 'get', 'compressed', 'http1.1', 'http2', 'no-progress-meter', 'fail-with-body'].map((name) => [`--${name}`, name])),
};

export async function curl(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, files: CurlFiles): Promise<Result> {
  const options = await readOptions(args, files);
  if (typeof options === 'string') return { stdout: '', stderr: `curl: ${options}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`, exitCode: 2 };
  if (options.urls.length === 0) return { stdout: '', stderr: "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n", exitCode: 2 };
  const all: Result = { stdout: '', stderr: '', exitCode: 0 };
  for (const url of options.urls) {
    const one = await transfer(url, options, network, world, files);
    Object.assign(all, { stdout: all.stdout + one.stdout, stderr: all.stderr + one.stderr, exitCode: one.exitCode });
  }
  return all;
}

/** `-sSk` is three flags; `-m2` is one with its value. */
function spread(arg: string): string[] {
  if (arg.startsWith('--') && arg.includes('=')) return [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)];
  if (arg.startsWith('--') || !/^-.{2,}/.test(arg)) return [arg];
  const words: string[] = [];
  for (let i = 1; i < arg.length; i++) {
    words.push(`-${arg[i]}`);
    if (WITH_VALUE[`-${arg[i]}`]) return i + 1 < arg.length ? [...words, arg.slice(i + 1)] : words;
  }
  return words;
}

async function readOptions(args: readonly string[], files: CurlFiles): Promise<Options | string> {
  const options: Options = { urls: [], headers: {}, addresses: new Map(), flags: new Set() };
  const words = args.flatMap((arg, i) => (WITH_VALUE[args[i - 1] ?? ''] ? [arg] : spread(arg)));
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-') || word === '-') options.urls.push(withScheme(word));
    else if (WITH_VALUE[word]) {
      const value = words[++i];
      if (value === undefined) return `option ${word}: requires parameter`;
      await setValue(options, WITH_VALUE[word]!, value, files);
    } else if (SWITCHES[word]) options.flags.add(SWITCHES[word]!);
    else return `option ${word}: is unknown`;
  }
  if (options.flags.has('head')) options.method ??= 'HEAD';
  return options;
}

async function setValue(options: Options, name: string, value: string, files: CurlFiles): Promise<void> {
  const header = (text: string) => { options.headers[text.slice(0, text.indexOf(':')).trim().toLowerCase()] = text.slice(text.indexOf(':') + 1).trim(); };
  switch (name) {
    case 'request': options.method = value; break;
    case 'header': header(value); break;
    case 'user-agent': header(`user-agent: ${value}`); break;
    case 'cookie': header(`cookie: ${value}`); break;
    case 'user': header(`authorization: Basic ${Buffer.from(value).toString('base64')}`); break;
    case 'json': case 'data': {
      const text = value.startsWith('@') ? (value === '@-' ? files.stdin : await files.read(value.slice(1))) : value;
      options.body = options.body === undefined ? text : `${options.body}&${text}`;
      options.method ??= 'POST';
      options.headers['content-type'] ??= name === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
      break;
    }
    case 'output': options.output = value; break;
    case 'write-out': options.format = value; break;
    case 'max-time': options.maxTimeMs = Number(value) * 1000; break;
    case 'connect-timeout': options.connectTimeoutMs = Number(value) * 1000; break;
    case 'cacert': options.ca = await files.read(value); break;
    case 'cert': options.certificate = await files.read(value); break;
    case 'key': options.key = await files.read(value); break;
    case 'url': options.urls.push(withScheme(value)); break;
    case 'resolve': {
      const [host = '', port = '', ...address] = value.split(':');
      options.addresses.set(`${host}:${port}`, address.join(':'));
    }
  }
}

function withScheme(url: string): string { return /^[a-z]+:\/\//.test(url) ? url : `http://${url}`; }

async function transfer(url: string, options: Options, network: NetworkStack, world: Pick<World, 'sleep'>, files: CurlFiles): Promise<Result> {
  let at = url;
  let trace = '';
  try {
    if (url.startsWith('telnet://')) return await telnet(url, options, network, world);
    for (let redirects = 0; ; redirects++) {
      const response = await request(at, options, network, world);
      if (options.flags.has('verbose')) trace += conversation(at, options, network, response);
      const location = response.headers?.location;
      if (!options.flags.has('location') || !location || response.status < 300 || response.status > 399) return await finished(at, response, options, files, trace);
      if (redirects === REDIRECTS_MAX) return { stdout: '', stderr: `curl: (47) Maximum (${REDIRECTS_MAX}) redirects followed\n`, exitCode: 47 };
      at = new URL(location, at).toString();
    }
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return failed(error, at, options, trace);
  }
}

/** `telnet://host:port` only connects: with --max-time it waits for what never comes, else it ends with its input. */
async function telnet(url: string, { flags, maxTimeMs, connectTimeoutMs = Infinity }: Options, network: NetworkStack, world: Pick<World, 'sleep'>): Promise<Result> {
  const { hostname, port } = new URL(url);
  const number = Number(port) || 23;
  try {
    network.connect(hostname, number).close();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // A plain TCP connection to a TLS port opens; only speaking fails.
    if (error.reason === 'timeout') await world.sleep(Math.min(connectTimeoutMs, maxTimeMs ?? Infinity, CONNECT_TIMEOUT_MS));
    if (error.reason !== 'tls') throw error;
  }
  const trace = flags.has('verbose') ? `* Connected to ${hostname} (${network.resolve(hostname)[0]}) port ${number}\n` : '';
  if (maxTimeMs === undefined) return { stdout: '', stderr: trace, exitCode: 0 };
  await world.sleep(maxTimeMs);
  return { stdout: '', stderr: `${trace}${flags.has('silent') && !flags.has('show-error') ? '' : `curl: (28) Operation timed out after ${maxTimeMs} milliseconds with 0 bytes received\n`}`, exitCode: 28 };
}

/** --resolve gives the address; the name stays in the Host header and in the TLS handshake. */
function request(url: string, options: Options, network: NetworkStack, world: Pick<World, 'sleep'>): Promise<HttpResponse> {
  const { hostname, port, protocol } = new URL(url);
  const pinned = options.addresses.get(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
  const tls: ClientTls = { ca: options.ca, certificate: options.certificate, key: options.key, insecureSkipVerify: options.flags.has('insecure') };
  return exchange(network, world, { url, request: { method: options.method ?? 'GET', headers: { 'user-agent': 'curl/8.14.1', accept: '*/*', ...options.headers }, body: options.body, address: pinned }, tls, maxTimeMs: options.maxTimeMs, connectTimeoutMs: options.connectTimeoutMs });
}

async function finished(url: string, response: HttpResponse, options: Options, files: CurlFiles, trace: string): Promise<Result> {
  const { flags } = options;
  const isFailure = flags.has('fail') && response.status >= 400;
  const head = flags.has('include') || flags.has('head') ? `${statusLine(response)}\r\n${Object.entries(response.headers ?? {}).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n` : '';
  const text = isFailure ? '' : flags.has('head') ? head : head + response.body;
  const output = options.output ?? (flags.has('remote-name') ? new URL(url).pathname.split('/').pop() : undefined);
  if (output && output !== '/dev/null' && output !== '-') await files.write(output, text);
  const stderr = isFailure && isLoud(options) ? `curl: (22) The requested URL returned error: ${response.status}\n` : '';
  return { stdout: (output && output !== '-' ? '' : text) + written(options.format, url, response), stderr: trace + stderr, exitCode: isFailure ? 22 : 0 };
}

const isLoud = ({ flags }: Options) => !flags.has('silent') || flags.has('show-error');
const statusLine = ({ status }: HttpResponse) => `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ''}`;

/** What -w asks for. */
function written(format: string | undefined, url: string, response?: HttpResponse): string {
  if (!format) return '';
  const time = ((response?.latencyMs ?? 1) / 1000).toFixed(6);
  const values: Readonly<Record<string, string>> = {
    http_code: String(response?.status ?? 0).padStart(3, '0'), response_code: String(response?.status ?? 0).padStart(3, '0'), time_total: time, time_connect: '0.000412', time_starttransfer: time, url_effective: url,
    size_download: String(response?.body.length ?? 0), content_type: response?.headers?.['content-type'] ?? '', redirect_url: response?.headers?.location ?? '', num_redirects: '0', exitcode: '0',
  };
  return format.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replace(/%\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}

function conversation(url: string, options: Options, network: NetworkStack, response: HttpResponse): string {
  const { hostname, port, protocol, pathname, search } = new URL(url);
  const number = port || (protocol === 'https:' ? '443' : '80');
  const address = options.addresses.get(`${hostname}:${number}`) ?? network.resolve(hostname)[0] ?? hostname;
  const sent = { Host: options.headers.host ?? (port ? `${hostname}:${port}` : hostname), 'User-Agent': 'curl/8.14.1', Accept: '*/*', ...Object.fromEntries(Object.entries(options.headers).filter(([name]) => name !== 'host')) };
  return [
    ...(address === hostname ? [] : [`* Host ${hostname}:${number} was resolved.`, '* IPv6: (none)', `* IPv4: ${address}`]), `*   Trying ${address}:${number}...`, `* Connected to ${hostname} (${address}) port ${number}`,
    `> ${options.method ?? 'GET'} ${pathname}${search} HTTP/1.1`, ...Object.entries(sent).map(([name, value]) => `> ${name}: ${value}`), '> ', '* Request completely sent off',
    `< ${statusLine(response)}`, ...Object.entries(response.headers ?? {}).map(([name, value]) => `< ${name}: ${value}`), '< ', `* Connection #0 to host ${hostname} left intact`, '',
  ].join('\n');
}

function failed(error: NetworkError, url: string, options: Options, trace: string): Result {
  const { hostname, port, protocol } = new URL(url);
  const number = port || (protocol === 'https:' ? '443' : '80');
  const [code, text] = explained(error, `Failed to connect to ${hostname} port ${number} after`, hostname, options);
  return { stdout: written(options.format, url), stderr: trace + (isLoud(options) ? `curl: (${code}) ${text}\n` : ''), exitCode: code };
}

function explained(error: NetworkError, where: string, hostname: string, { maxTimeMs = Infinity, connectTimeoutMs = Infinity }: Options): [number, string] {
  const limitMs = Math.min(maxTimeMs, connectTimeoutMs);
  if (error instanceof LateAnswer) return [28, `Operation timed out after ${maxTimeMs} milliseconds with 0 bytes received`];
  if (error.message.startsWith('lookup')) return limitMs < RESOLVE_TIMEOUT_MS && error.reason === 'timeout' && error.message.includes('i/o timeout') ? [28, `Resolving timed out after ${limitMs} milliseconds`] : [6, `Could not resolve host: ${hostname}`];
  if (error.message.startsWith('Client sent') || error.message.endsWith('connection reset by peer')) return [52, 'Empty reply from server'];
  switch (error.reason) {
    case 'no such host': return [6, `Could not resolve host: ${hostname}`];
    case 'timeout':
      if (maxTimeMs <= connectTimeoutMs && maxTimeMs < CONNECT_TIMEOUT_MS) return [28, `Connection timed out after ${maxTimeMs} milliseconds`];
      return [28, `${where} ${Math.min(limitMs, CONNECT_TIMEOUT_MS)} ms: ${limitMs < CONNECT_TIMEOUT_MS ? 'Timeout was reached' : "Couldn't connect to server"}`];
    case 'tls': return tlsFailure(error.message, hostname);
    default: return [EXIT[error.reason], `${where} 0 ms: Couldn't connect to server`];
  }
}

function tlsFailure(message: string, hostname: string): [number, string] {
  if (message.includes('server gave HTTP response')) return [35, 'TLS connect error: error:0A00010B:SSL routines::wrong version number'];
  if (message.includes('remote error')) return [56, `OpenSSL SSL_read: ${message.replace('remote error: tls: ', 'alert ')}`];
  if (/valid for|Common Name field|IP SANs/.test(message)) return [60, `SSL: no alternative certificate subject name matches target ${/^[\d.]+$/.test(hostname) ? 'ipv4 address' : 'hostname'} '${hostname}'`];
  if (message.includes('unknown authority')) return [60, 'SSL certificate problem: unable to get local issuer certificate'];
  if (message.includes('has expired')) return [60, `SSL certificate problem: certificate ${message.includes(' is before ') ? 'is not yet valid' : 'has expired'}`];
  return [60, `SSL certificate problem: ${message.replace(/^.*x509: /, '')}`];
}
