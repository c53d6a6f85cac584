/** curl, wget, nc, nslookup, getent, ping: the network as a shell sees it. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import type { World } from '../../../../time/simulation.ts';
import { type ClientTls, type HttpResponse, NetworkError, type NetworkStack } from '../../../network/types.ts';

interface Result { stdout: string; stderr: string; exitCode: number }

const CURL_EXIT: Readonly<Record<NetworkError['reason'], number>> = { 'no such host': 6, refused: 7, unreachable: 7, timeout: 28, tls: 60, 'port in use': 7 };
const DEFAULT_CONNECT_TIMEOUT_MS = 130_000; // Linux: TCP SYN retries

/** The commands over one network stack. */
export function networkCommands(network: NetworkStack, world: Pick<World, 'sleep'>): CustomCommand[] {
  return [
    defineCommand('curl', async (args, shell) => curl(args, network, world, {
      read: (path) => shell.fs.readFile(shell.fs.resolvePath(shell.cwd, path)),
      write: (path, text) => shell.fs.writeFile(shell.fs.resolvePath(shell.cwd, path), text),
      stdin: textOf(shell.stdin),
    })),
    defineCommand('wget', async (args, shell) => wget(args, network, world, (path, text) => shell.fs.writeFile(shell.fs.resolvePath(shell.cwd, path), text))),
    defineCommand('nc', async (args, shell) => netcat(args, network, world, textOf(shell.stdin))),
    defineCommand('nslookup', async (args) => nslookup(args, network, world)),
    defineCommand('getent', async (args) => getent(args, network, world)),
    defineCommand('ping', async (args) => ping(args, network)),
  ];
}

/** bash hands bytes over one to a character. */
function textOf(bytes: { toString(): string }): string {
  return Buffer.from(bytes.toString(), 'latin1').toString('utf8');
}

interface CurlFiles { read(path: string): Promise<string>; write(path: string, text: string): Promise<void>; stdin: string }

interface CurlOptions { urls: string[]; method?: string; headers: Record<string, string>; body?: string; silent: boolean; showError: boolean; fail: boolean; include: boolean; head: boolean; output?: string; format?: string; insecure: boolean; maxTimeMs?: number; connectTimeoutMs?: number; ca?: string; certificate?: string; key?: string }

async function curl(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, files: CurlFiles): Promise<Result> {
  const options = await readCurl(args, files);
  if ('error' in options) return { stdout: '', stderr: `curl: ${options.error}\n`, exitCode: 2 };
  const url = options.urls[0];
  if (!url) return { stdout: '', stderr: "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n", exitCode: 2 };
  try {
    const response = await exchange(network, world, url, options);
    return await curlResult(response, options, files);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return curlFailure(error, url, options);
  }
}

async function readCurl(args: readonly string[], files: CurlFiles): Promise<CurlOptions | { error: string }> {
  const options: CurlOptions = { urls: [], headers: {}, silent: false, showError: false, fail: false, include: false, head: false, insecure: false };
  const withValue = new Set(['-X', '--request', '-H', '--header', '-d', '--data', '--data-binary', '-o', '--output', '-w', '--write-out', '-m', '--max-time', '--connect-timeout', '--cacert', '--cert', '-E', '--key', '-u', '--user', '-A', '--user-agent', '--retry', '--resolve']);
  const words = args.flatMap((arg) => (/^-[sSkfviIgLN]{2,}[a-zA-Z]?$/.test(arg) ? Array.from(arg.slice(1), (c) => `-${c}`) : arg.startsWith('--') && arg.includes('=') ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg]));
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const value = withValue.has(word) ? words[++i] : undefined;
    if (withValue.has(word) && value === undefined) return { error: `option ${word}: requires parameter` };
    switch (word) {
      case '-X': case '--request': options.method = value; break;
      case '-H': case '--header': { const at = value!.indexOf(':'); options.headers[value!.slice(0, at).toLowerCase()] = value!.slice(at + 1).trim(); break; }
      case '-d': case '--data': case '--data-binary': options.body = value!.startsWith('@') ? (value === '@-' ? files.stdin : await files.read(value!.slice(1))) : value; options.method ??= 'POST'; break;
      case '-o': case '--output': options.output = value; break;
      case '-w': case '--write-out': options.format = value; break;
      case '-m': case '--max-time': options.maxTimeMs = Number(value) * 1000; break;
      case '--connect-timeout': options.connectTimeoutMs = Number(value) * 1000; break;
      case '--cacert': options.ca = await files.read(value!); break;
      case '--cert': case '-E': options.certificate = await files.read(value!); break;
      case '--key': options.key = await files.read(value!); break;
      case '-s': case '--silent': options.silent = true; break;
      case '-S': case '--show-error': options.showError = true; break;
      case '-f': case '--fail': options.fail = true; break;
      case '-i': case '--include': options.include = true; break;
      case '-I': case '--head': options.head = true; options.method = 'HEAD'; break;
      case '-k': case '--insecure': options.insecure = true; break;
      default:
        if (word.startsWith('-') && word.length > 1 && !['-v', '-L', '-g', '-N', '--location', '--verbose', '-u', '--user', '-A', '--user-agent', '--retry', '--resolve'].includes(word)) return { error: `option ${word}: is unknown` };
        if (!word.startsWith('-')) options.urls.push(/^[a-z]+:\/\//.test(word) ? word : `http://${word}`);
    }
  }
  return options;
}

async function exchange(network: NetworkStack, world: Pick<World, 'sleep'>, url: string, options: CurlOptions): Promise<HttpResponse> {
  const tls: ClientTls = { ca: options.ca, certificate: options.certificate, key: options.key, insecureSkipVerify: options.insecure };
  try {
    const response = network.fetch(url, { method: options.method ?? 'GET', headers: options.headers, body: options.body }, tls);
    const takes = response.latencyMs ?? 0;
    if (options.maxTimeMs !== undefined && takes > options.maxTimeMs) {
      await world.sleep(options.maxTimeMs);
      throw new NetworkError('timeout', `Operation timed out after ${options.maxTimeMs} milliseconds with 0 bytes received`);
    }
    if (takes > 0) await world.sleep(takes);
    return response;
  } catch (error) {
    if (error instanceof NetworkError && error.reason === 'timeout' && !error.message.startsWith('Operation')) {
      await world.sleep(Math.min(options.connectTimeoutMs ?? Infinity, options.maxTimeMs ?? Infinity, DEFAULT_CONNECT_TIMEOUT_MS));
    }
    throw error;
  }
}

async function curlResult(response: HttpResponse, options: CurlOptions, files: CurlFiles): Promise<Result> {
  const failed = options.fail && response.status >= 400;
  const head = options.include || options.head ? `HTTP/1.1 ${response.status} ${STATUS_TEXT[response.status] ?? ''}\r\n${Object.entries(response.headers ?? {}).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n` : '';
  const text = failed || options.head ? head : head + response.body;
  const written = (options.format ?? '').replaceAll('\\n', '\n').replaceAll('%{http_code}', String(response.status)).replaceAll('%{time_total}', ((response.latencyMs ?? 1) / 1000).toFixed(6));
  if (options.output && options.output !== '/dev/null') await files.write(options.output, text);
  const stderr = failed && (!options.silent || options.showError) ? `curl: (22) The requested URL returned error: ${response.status}\n` : '';
  return { stdout: (options.output ? '' : text) + written, stderr, exitCode: failed ? 22 : 0 };
}

function curlFailure(error: NetworkError, url: string, options: CurlOptions): Result {
  const { hostname, port, protocol } = new URL(url);
  const number = port || (protocol === 'https:' ? '443' : '80');
  const text: Record<NetworkError['reason'], string> = {
    'no such host': `Could not resolve host: ${hostname}`,
    refused: `Failed to connect to ${hostname} port ${number} after 0 ms: Couldn't connect to server`,
    unreachable: `Failed to connect to ${hostname} port ${number} after 0 ms: Couldn't connect to server`,
    timeout: error.message.startsWith('Operation') ? error.message : error.message.startsWith('lookup') ? `Resolving timed out after 5000 milliseconds` : `Failed to connect to ${hostname} port ${number} after ${options.connectTimeoutMs ?? options.maxTimeMs ?? DEFAULT_CONNECT_TIMEOUT_MS} ms: Timeout was reached`,
    tls: error.message.includes('certificate required') || error.message.includes('bad certificate') ? `OpenSSL SSL_read: ${error.message.replace('remote error: tls: ', 'alert ')}` : `SSL certificate problem: ${error.message.replace(/^.*x509: /, '')}`,
    'port in use': error.message,
  };
  const code = error.reason === 'tls' && error.message.includes('remote error') ? 56 : error.message.startsWith('Client sent') ? 52 : CURL_EXIT[error.reason];
  const stderr = options.silent && !options.showError ? '' : `curl: (${code}) ${code === 52 ? 'Empty reply from server' : text[error.reason]}\n`;
  return { stdout: (options.format ?? '').includes('%{http_code}') ? (options.format ?? '').replaceAll('\\n', '\n').replaceAll('%{http_code}', '000') : '', stderr, exitCode: code };
}

const STATUS_TEXT: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };

async function wget(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, write: (path: string, text: string) => Promise<void>): Promise<Result> {
  const words = args.flatMap((arg) => (/^-q?O.+/.test(arg) ? [arg.slice(0, arg.indexOf('O') + 1), arg.slice(arg.indexOf('O') + 1)] : [arg]));
  const outputAt = words.findIndex((w) => /^-q?O$/.test(w));
  const output = outputAt >= 0 ? words[outputAt + 1] : undefined;
  const quiet = words.some((w) => w.startsWith('-q'));
  const timeoutAt = words.findIndex((w) => w === '-T' || w === '--timeout');
  const timeoutMs = timeoutAt >= 0 ? Number(words[timeoutAt + 1]) * 1000 : Number(/^--timeout=(\d+)/.exec(words.find((w) => w.startsWith('--timeout=')) ?? '')?.[1] ?? 60) * 1000;
  const raw = words.findLast((w, i) => !w.startsWith('-') && i !== outputAt + 1 && (timeoutAt < 0 || i !== timeoutAt + 1));
  if (!raw) return { stdout: '', stderr: 'wget: missing URL\n', exitCode: 1 };
  const url = /^[a-z]+:\/\//.test(raw) ? raw : `http://${raw}`;
  const { hostname, port, pathname } = new URL(url);
  const address = `${hostname}:${port || 80}`;
  try {
    const response = await exchange(network, world, url, { urls: [url], headers: {}, silent: true, showError: false, fail: false, include: false, head: false, insecure: true, maxTimeMs: timeoutMs });
    const connecting = quiet ? '' : `Connecting to ${address}\n`;
    if (response.status >= 400) return { stdout: '', stderr: `${connecting}wget: server returned error: HTTP/1.1 ${response.status} ${STATUS_TEXT[response.status] ?? ''}\n`, exitCode: 1 };
    if (output === '-') return { stdout: response.body, stderr: connecting, exitCode: 0 };
    const name = output ?? (pathname.split('/').pop() || 'index.html');
    if (name !== '/dev/null') await write(name, response.body);
    return { stdout: '', stderr: quiet ? '' : `${connecting}saving to '${name}'\n'${name}' saved\n`, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const text = error.reason === 'no such host' ? `bad address '${hostname}${port ? `:${port}` : ''}'` : error.reason === 'refused' ? `can't connect to remote host (${hostname}): Connection refused` : 'download timed out';
    return { stdout: '', stderr: `${quiet ? '' : `Connecting to ${address}\n`}wget: ${text}\n`, exitCode: 1 };
  }
}

async function netcat(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, stdin: string): Promise<Result> {
  const timeoutAt = args.findIndex((a) => /^-[a-z]*w$/.test(a));
  const [host, port] = args.filter((a, i) => !a.startsWith('-') && (timeoutAt < 0 || i !== timeoutAt + 1));
  if (!host || !port) return { stdout: '', stderr: 'usage: nc [-vz] [-w SECONDS] HOST PORT\n', exitCode: 1 };
  const verbose = args.some((a) => /^-[a-z]*v/.test(a));
  try {
    const connection = network.connect(host, Number(port));
    const { tcp } = connection.service;
    const answer = args.some((a) => /^-[a-z]*z/.test(a)) || !tcp ? '' : tcp(stdin, connection.peer);
    connection.close();
    return { stdout: answer, stderr: verbose ? `${host} (${host}:${port}) open\n` : '', exitCode: 0 };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // A plain TCP connection to a TLS port opens; only speaking fails.
    if (error.reason === 'tls') return { stdout: '', stderr: verbose ? `${host} (${host}:${port}) open\n` : '', exitCode: 0 };
    if (error.reason === 'timeout') await world.sleep(timeoutAt >= 0 ? Number(args[timeoutAt + 1]) * 1000 : DEFAULT_CONNECT_TIMEOUT_MS);
    const text = error.reason === 'refused' ? 'Connection refused' : error.reason === 'no such host' ? `bad address '${host}'` : 'Connection timed out';
    return { stdout: '', stderr: `nc: ${host} (${host}:${port}): ${text}\n`, exitCode: 1 };
  }
}

async function nslookup(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>): Promise<Result> {
  const name = args.find((a) => !a.startsWith('-')) ?? '';
  try {
    const addresses = network.resolve(name);
    if (addresses.length === 0) return { stdout: `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find ${name}: NXDOMAIN\n`, stderr: '', exitCode: 1 };
    return { stdout: `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n${addresses.map((a) => `Name:\t${name}\nAddress: ${a}\n`).join('')}\n`, stderr: '', exitCode: 0 };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    await world.sleep(10_000);
    return { stdout: ';; connection timed out; no servers could be reached\n\n', stderr: '', exitCode: 1 };
  }
}

async function getent(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>): Promise<Result> {
  const result = await nslookup(args.slice(1), network, world);
  if (result.exitCode !== 0) return { stdout: '', stderr: '', exitCode: 2 };
  return { stdout: network.resolve(args[1] ?? '').map((a) => `${a.padEnd(15)} ${args[1]}\n`).join(''), stderr: '', exitCode: 0 };
}

function ping(args: readonly string[], network: NetworkStack): Result {
  const host = args.findLast((a) => !a.startsWith('-') && !/^\d+$/.test(a)) ?? '';
  let address: string | undefined;
  let isReachable = false;
  try {
    [address] = network.resolve(host);
    if (address) network.connect(address, 9);
    isReachable = address !== undefined;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    isReachable = error.reason === 'refused' || error.reason === 'tls';
  }
  if (!address) return { stdout: '', stderr: `ping: bad address '${host}'\n`, exitCode: 1 };
  const lines = isReachable ? [0, 1, 2].map((i) => `64 bytes from ${address}: seq=${i} ttl=63 time=0.${100 + i} ms`) : [];
  const received = lines.length;
  return { stdout: [`PING ${host} (${address}): 56 data bytes`, ...lines, '', `--- ${host} ping statistics ---`, `3 packets transmitted, ${received} packets received, ${received ? 0 : 100}% packet loss`, ''].join('\n'), stderr: '', exitCode: received ? 0 : 1 };
}
