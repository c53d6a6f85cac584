/** The images that have a behaviour of their own, as data. */
import type { HttpRequest, HttpResponse } from '../../network/types.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { shellProcess } from '../runtime/shell/process.ts';
import { nginx, NGINX_FILES } from './nginx.ts';
import { InvalidConfiguration, logged, server } from './server.ts';

export interface KnownImage {
  sizeBytes?: number;
  /** Tags that exist; all but the obviously wrong ones unless given. */
  tags?: RegExp;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  hasShell?: boolean;
  env?: Readonly<Record<string, string>>;
  user?: number;
  files?: Readonly<Record<string, string>>;
  exposedPorts?: readonly number[];
  behaviour: Behaviour;
}

const MB = 1_000_000;

/** A server under its own name, a shell for any other command. */
function orShell(names: readonly string[], serve: Behaviour): Behaviour {
  return (context) => (names.includes(context.argv[0]?.split('/').pop() ?? '') ? serve(context) : shellProcess(context));
}

const shellImage = (sizeBytes: number, cmd: readonly string[], tags?: RegExp): KnownImage => ({ sizeBytes, cmd, tags, hasShell: true, behaviour: shellProcess });

const httpd = server({
  ports: () => [80],
  service: (context) => logged(context, ({ path }) => file(context, '/usr/local/apache2/htdocs', path)),
  greeting: () => 'AH00094: Command line: \'httpd -D FOREGROUND\'',
});

const redis = server({
  ports: (context) => [Number(flag(context, '--port') ?? 6379)],
  service: () => {
    const data = new Map<string, string>();
    return { tcp: (input) => input.trim().split(/\r?\n/).map((line) => redisCommand(data, line)).join('') };
  },
  greeting: () => '1:M * Ready to accept connections tcp',
  memoryBytes: 10 * 1024 * 1024,
});

function redisCommand(data: Map<string, string>, line: string): string {
  const [name = '', key = '', ...rest] = line.trim().split(/\s+/);
  switch (name.toUpperCase()) {
    case 'PING': return '+PONG\r\n';
    case 'SET': data.set(key, rest.join(' ')); return '+OK\r\n';
    case 'GET': { const value = data.get(key); return value === undefined ? '$-1\r\n' : `$${value.length}\r\n${value}\r\n`; }
    case 'INCR': { const value = Number(data.get(key) ?? 0) + 1; data.set(key, String(value)); return `:${value}\r\n`; }
    default: return `-ERR unknown command '${name}'\r\n`;
  }
}

const postgres = server({
  ports: () => [5432],
  service: () => ({ tcp: () => '' }),
  greeting: (context) => {
    const { POSTGRES_PASSWORD, POSTGRES_HOST_AUTH_METHOD } = context.env;
    if (!POSTGRES_PASSWORD && POSTGRES_HOST_AUTH_METHOD !== 'trust') {
      throw new InvalidConfiguration('Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.');
    }
    return 'LOG:  database system is ready to accept connections';
  },
  memoryBytes: 40 * 1024 * 1024,
});

const mysql = server({
  ports: () => [3306],
  service: () => ({ tcp: () => '' }),
  greeting: (context) => {
    const { MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD } = context.env;
    if (!MYSQL_ROOT_PASSWORD && !MYSQL_ALLOW_EMPTY_PASSWORD && !MYSQL_RANDOM_ROOT_PASSWORD) {
      throw new InvalidConfiguration('[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD');
    }
    return '[Server] /usr/sbin/mysqld: ready for connections. port: 3306';
  },
  memoryBytes: 200 * 1024 * 1024,
});

/** agnhost and echo servers: say who answers. */
const echo = server({
  ports: (context) => [Number(flag(context, '--http-port') ?? flag(context, '-listen')?.replace(':', '') ?? context.env.PORT ?? 8080)],
  service: (context) => logged(context, (request) => echoPage(context, request)),
  memoryBytes: 6 * 1024 * 1024,
});

function echoPage(context: ProcessContext, { path, body = '' }: HttpRequest): HttpResponse {
  if (path.startsWith('/hostname')) return { status: 200, body: context.hostname };
  if (path.startsWith('/echo')) return { status: 200, body: body || (new URL(path, 'http://x').searchParams.get('msg') ?? '') };
  return { status: 200, body: `${flag(context, '-text') ?? `NOW: ${new Date(context.world.clock.now()).toISOString()}`}\n` };
}

/** CUDA workloads: they want a device and keep it busy. */
const cuda: Behaviour = (context) => {
  if (context.argv.length > 0) return shellProcess(context);
  context.write('CUDA: 1 device found, starting work\n');
  context.useMemory(256 * 1024 * 1024);
  return { terminate: () => context.exit(0), cleanUp: () => undefined };
};

const helloWorld: Behaviour = (context) => {
  context.write('\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n');
  context.world.soon('hello-world', () => context.exit(0));
  return { terminate: () => context.exit(0), cleanUp: () => undefined };
};

const pause: Behaviour = (context) => ({ terminate: () => context.exit(0), cleanUp: () => undefined });

export const KNOWN_IMAGES: Readonly<Record<string, KnownImage>> = {
  nginx: { sizeBytes: 72 * MB, tags: /^(latest|stable|mainline|alpine|perl|1|1\.(1[0-9]|2[0-9])(\.\d{1,2})?|1(\.\d+)*-alpine|stable-alpine)$/, entrypoint: ['/docker-entrypoint.sh'], cmd: ['nginx', '-g', 'daemon off;'], files: NGINX_FILES, exposedPorts: [80], behaviour: nginx },
  httpd: { sizeBytes: 58 * MB, cmd: ['httpd-foreground'], files: { '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n' }, exposedPorts: [80], behaviour: orShell(['httpd-foreground', 'httpd'], httpd) },
  redis: { sizeBytes: 45 * MB, entrypoint: ['docker-entrypoint.sh'], cmd: ['redis-server'], exposedPorts: [6379], behaviour: orShell(['docker-entrypoint.sh', 'redis-server'], redis) },
  postgres: { sizeBytes: 150 * MB, entrypoint: ['docker-entrypoint.sh'], cmd: ['postgres'], exposedPorts: [5432], behaviour: orShell(['docker-entrypoint.sh', 'postgres'], postgres) },
  mysql: { sizeBytes: 230 * MB, entrypoint: ['docker-entrypoint.sh'], cmd: ['mysqld'], exposedPorts: [3306], behaviour: orShell(['docker-entrypoint.sh', 'mysqld'], mysql) },
  busybox: shellImage(2 * MB, ['sh']),
  alpine: shellImage(4 * MB, ['/bin/sh']),
  ubuntu: shellImage(30 * MB, ['/bin/bash']),
  debian: shellImage(50 * MB, ['bash']),
  bash: shellImage(7 * MB, ['bash']),
  'curlimages/curl': shellImage(9 * MB, ['curl', '--help']),
  'polinux/stress': shellImage(4 * MB, ['stress']),
  'hello-world': { sizeBytes: 13_256, hasShell: false, cmd: ['/hello'], behaviour: helloWorld },
  'registry.k8s.io/pause': { sizeBytes: 320_000, hasShell: false, cmd: ['/pause'], behaviour: pause },
  'registry.k8s.io/e2e-test-images/agnhost': { sizeBytes: 53 * MB, entrypoint: ['/agnhost'], cmd: ['pause'], behaviour: orShell(['agnhost'], echo) },
  'hashicorp/http-echo': { sizeBytes: 4 * MB, hasShell: false, entrypoint: ['/http-echo'], behaviour: server({ ports: (context) => [Number(flag(context, '-listen')?.replace(':', '') ?? 5678)], service: (context) => logged(context, (request) => echoPage(context, request)) }) },
  'nvidia/cuda': { sizeBytes: 1800 * MB, behaviour: cuda },
  'nvcr.io/nvidia/cuda': { sizeBytes: 1800 * MB, behaviour: cuda },
};

function flag(context: ProcessContext, name: string): string | undefined {
  const at = context.argv.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return undefined;
  const arg = context.argv[at]!;
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : context.argv[at + 1];
}

function file(context: ProcessContext, root: string, path: string): HttpResponse {
  const wanted = `${root}${path.split('?')[0]}`.replace(/\/$/, '/index.html');
  return context.files.exists(wanted) ? { status: 200, body: context.files.read(wanted) } : { status: 404, body: 'Not Found\n' };
}
