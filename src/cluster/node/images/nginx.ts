/** nginx: files, redirects and proxies as its configuration says, and its own words when that is wrong. */
import { type HttpRequest, type HttpResponse, NetworkError, type Peer, type PortService } from '../../network/types.ts';
import { errorWords, FileError } from '../file-system.ts';
import { parentOf } from '../os/paths.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { emergency, type Location, mainDirectives, readServers, type VirtualServer } from './nginx-config.ts';
import { errorPage, InvalidConfiguration, logged, page, server } from './server.ts';

const ROOT = '/usr/share/nginx/html';
const ERRNO: Readonly<Record<string, number>> = { EPERM: 1, ENOENT: 2, EACCES: 13, ENOSPC: 28, EROFS: 30 };
const TEMPORARY = [['client', 'client_body_temp_path'], ['proxy', 'proxy_temp_path'], ['fastcgi', 'fastcgi_temp_path'], ['uwsgi', 'uwsgi_temp_path'], ['scgi', 'scgi_temp_path']] as const;

export const NGINX_FILES: Readonly<Record<string, string>> = {
  '/etc/nginx/nginx.conf': 'user  nginx;\nworker_processes  auto;\npid        /var/run/nginx.pid;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/mime.types;\n    default_type  application/octet-stream;\n    sendfile        on;\n    keepalive_timeout  65;\n    include /etc/nginx/conf.d/*.conf;\n}\n',
  '/etc/nginx/mime.types': 'types {\n    text/html  html htm;\n}\n',
  '/etc/nginx/conf.d/default.conf': 'server {\n    listen       80;\n    server_name  localhost;\n\n    location / {\n        root   /usr/share/nginx/html;\n        index  index.html index.htm;\n    }\n\n    error_page   500 502 503 504  /50x.html;\n}\n',
  '/usr/share/nginx/html/index.html': '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n',
  '/usr/share/nginx/html/50x.html': '<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n<h1>An error occurred.</h1>\n</body>\n</html>\n',
};

/** Its configuration is read at the start and when it is told to reload, not before. */
const serve: Behaviour = (context) => {
  let servers: readonly VirtualServer[] = [];
  const read = () => { servers = checkedServers(context); };
  return server({
    ports: () => [...new Set(servers.flatMap(({ ports }) => ports))],
    service: () => {
      read();
      layOut(context);
      return service(context, () => servers);
    },
    reload: read,
    memoryBytes: 12 * 1024 * 1024,
  })(context);
};

/** The program `nginx` with its arguments. */
export const nginx: Behaviour = (context) => {
  const { argv } = context;
  if (argv.includes('-t')) return once(context, () => testConfiguration(context));
  if (argv.includes('-s')) return once(context, () => sendSignal(context, argv[argv.indexOf('-s') + 1]));
  if (argv.includes('-v') || argv.includes('-V')) return once(context, () => {
    context.write('nginx version: nginx/1.27.5\n', 'stderr');
    return 0;
  });
  return serve(context);
};

const MASTER_SIGNALS: Readonly<Record<string, string>> = { reload: 'HUP', reopen: 'USR1', stop: 'TERM', quit: 'QUIT' };

/** `nginx -s reload`: the configuration is read once here, so a wrong one never reaches the server that runs. */
function sendSignal(context: ProcessContext, name = ''): number {
  const signal = Object.hasOwn(MASTER_SIGNALS, name) ? MASTER_SIGNALS[name] : undefined;
  try {
    if (signal === undefined) throw new InvalidConfiguration(name ? `nginx: invalid option: "-s ${name}"` : 'nginx: option "-s" requires parameter');
    checkedServers(context);
    if (!context.signalMain) throw emergency('open() "/var/run/nginx.pid" failed (2: No such file or directory)');
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    context.write(`${error.message}\n`, 'stderr');
    return 1;
  }
  context.write(`${new Date(context.world.clock.now()).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')} [notice] 1#1: signal process started\n`, 'stderr');
  if (signal !== 'USR1') context.signalMain(signal);
  return 0;
}

/** The image's entrypoint says two lines and becomes the command. */
export const nginxEntrypoint = (start: Behaviour): Behaviour => (context) => {
  const [, ...argv] = context.argv;
  if (argv[0] === 'nginx') {
    context.write('/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n/docker-entrypoint.sh: Configuration complete; ready for start up\n');
  }
  return start({ ...context, argv });
};

function once(context: ProcessContext, run: () => number) {
  const code = run();
  context.world.soon('nginx', () => context.exit(code));
  return { terminate: () => undefined, cleanUp: () => undefined };
}

function testConfiguration(context: ProcessContext): number {
  try {
    checkedServers(context);
    context.write('nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n', 'stderr');
    return 0;
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    context.write(`${error.message}\nnginx: configuration file /etc/nginx/nginx.conf test failed\n`, 'stderr');
    return 1;
  }
}

/** What its files say; upstreams are looked up once, as they are read. Throws InvalidConfiguration. */
function checkedServers({ files, network }: ProcessContext): VirtualServer[] {
  const servers = readServers(files);
  for (const { locations } of servers) {
    for (const { name, args, file, line } of locations.flatMap(({ directives }) => directives)) {
      const host = name === 'proxy_pass' ? /^https?:\/\/([^/:$]+)/.exec(args[0] ?? '')?.[1] : undefined;
      if (host !== undefined && !resolves(network, host)) throw emergency(`host not found in upstream "${host}" in ${file}:${line}`);
    }
  }
  return servers;
}

/** As it starts nginx makes folders for what does not fit into memory, gives them to its workers' user, and notes its process id. */
function layOut({ files, runAsUser = 0, capabilities, write }: ProcessContext): void {
  const directives = mainDirectives(files);
  const path = (name: string) => directives.find((directive) => directive.name === name)?.args[0];
  const user = directives.find(({ name }) => name === 'user');
  if (runAsUser !== 0 && user) write(`nginx: [warn] the "user" directive makes sense only if the master process runs with super-user privileges, ignored in ${user.file}:${user.line}\n`, 'stderr');
  const must = (call: string, run: () => void) => {
    try {
      run();
    } catch (error) {
      if (error instanceof FileError) throw emergency(`${call} failed (${ERRNO[error.code] ?? 5}: ${errorWords(error)})`);
      throw error;
    }
  };
  for (const [name, directive] of TEMPORARY) {
    const folder = path(directive) ?? `/var/cache/nginx/${name}_temp`;
    must(`mkdir() "${folder}"`, () => files.makeDirectory(folder));
    if (runAsUser !== 0 || !capabilities) continue;
    must(`chown("${folder}", 101)`, () => files.changeOwner(folder, 101, 101));
  }
  const pid = path('pid') ?? '/var/run/nginx.pid';
  must(`open() "${pid}"`, () => { files.makeDirectory(parentOf(pid)); files.write(pid, '1\n'); });
  if (runAsUser === 0 && capabilities && !capabilities.has('SETGID') && !capabilities.has('ALL')) throw emergency('setgid(101) failed (1: Operation not permitted)');
}

function resolves(network: ProcessContext['network'], host: string): boolean {
  try {
    return network.resolve(host).length > 0;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

function service(context: ProcessContext, servers: () => readonly VirtualServer[]): PortService {
  return logged(context, (request, peer) => {
    const response = answer(context, servers(), request, peer);
    return { ...response, headers: { server: 'nginx/1.27.5', ...response.headers } };
  });
}

function answer(context: ProcessContext, servers: readonly VirtualServer[], request: HttpRequest, peer: Peer): HttpResponse {
  const path = request.path.split('?')[0] ?? '/';
  const host = request.headers?.host?.split(':')[0] ?? '';
  const chosen = servers.find(({ names }) => names.includes(host)) ?? servers[0];
  if (!chosen) return errorPage(404, 'Not Found');
  const location = locationFor(chosen, path);
  const directive = (name: string) => location?.directives.find((d) => d.name === name) ?? chosen.directives.find((d) => d.name === name);
  const returns = directive('return');
  if (returns) return returned(returns.args);
  const proxy = location?.directives.find(({ name }) => name === 'proxy_pass');
  if (proxy) return proxied(context, proxy.args[0] ?? '', location?.path ?? '/', request, peer);
  if (directive('stub_status')) return { status: 200, body: 'Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n' };
  const root = directive('root')?.args[0] ?? ROOT;
  const alias = location?.directives.find(({ name }) => name === 'alias')?.args[0];
  const found = alias && location ? page(context, alias, path.slice(location.path.length)) : page(context, root, path);
  const tries = directive('try_files')?.args ?? [];
  const result = found.status === 404 && tries.length > 0 ? fallback(context, root, tries, found) : found;
  return request.method === 'HEAD' ? { ...result, body: '' } : result;
}

function fallback(context: ProcessContext, root: string, tries: readonly string[], found: HttpResponse): HttpResponse {
  const last = tries.at(-1) ?? '';
  if (last.startsWith('=')) return errorPage(Number(last.slice(1)), 'Not Found');
  return last.startsWith('/') ? page(context, root, last) : found;
}

/** Exact match, then the longest prefix, unless an expression matches. */
function locationFor({ locations }: VirtualServer, path: string): Location | undefined {
  const exact = locations.find(({ modifier, path: own }) => modifier === '=' && own === path);
  if (exact) return exact;
  const expression = locations.find(({ modifier, path: own }) => modifier.startsWith('~') && new RegExp(own, modifier === '~*' ? 'i' : '').test(path));
  if (expression) return expression;
  const prefixes = locations.filter(({ modifier, path: own }) => (modifier === '' || modifier === '^~') && path.startsWith(own));
  return prefixes.sort((a, b) => b.path.length - a.path.length)[0];
}

function returned([code = '200', text = '']: readonly string[]): HttpResponse {
  const status = Number(code);
  if (Number.isNaN(status)) return { status: 302, headers: { location: code }, body: '' };
  if (status >= 300 && status < 400) return { status, headers: { location: text }, body: '' };
  return text || status < 400 ? { status, headers: { 'content-type': 'text/plain' }, body: text } : errorPage(status, 'Error');
}

function proxied({ network }: ProcessContext, target: string, prefix: string, request: HttpRequest, peer: Peer): HttpResponse {
  const [, base = '', rest = ''] = /^(https?:\/\/[^/]+)(.*)$/.exec(target) ?? [];
  const path = rest === '' ? request.path : rest + request.path.slice(prefix.length);
  try {
    return network.fetch(base + path, { ...request, headers: { ...request.headers, host: new URL(base).host, 'x-forwarded-for': peer.address } });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return error.reason === 'timeout' ? { ...errorPage(504, 'Gateway Time-out'), latencyMs: 60_000 } : errorPage(502, 'Bad Gateway');
  }
}
