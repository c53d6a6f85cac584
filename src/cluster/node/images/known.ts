/** The images that have a behaviour of their own, as data. */
import type { Behaviour } from '../process.ts';
import { onlyProgram, programOrShell, shellProcess } from '../runtime/shell/process.ts';
import { memcachedServer, mongoServer, mysqlAdmin, mysqlServer, pgIsReady, postgresServer, psql, rabbitmqServer, redisCli, redisServer } from './databases.ts';
import { nginx, nginxEntrypoint, NGINX_FILES } from './nginx.ts';
import { agnhost, cuda, echoServer, helloWorld, hpaExample, httpd, httpEcho, pause, plainServer, python, script, whoami } from './plain.ts';
import { webhookServer } from './webhook.ts';

export interface KnownImage {
  sizeBytes?: number;
  /** Tags that exist; all but the obviously wrong ones unless given. */
  tags?: RegExp;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  hasShell?: boolean;
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  user?: number;
  files?: Readonly<Record<string, string>>;
  exposedPorts?: readonly number[];
  behaviour: Behaviour;
  /** Its programs by name, for exec and for scripts that start them. */
  programs?: Readonly<Record<string, Behaviour>>;
  /** Only with a login for its registry. */
  isPrivate?: boolean;
}

type Programs = Readonly<Record<string, Behaviour>>;
const MB = 1_000_000;

/** An image with programs of its own and a shell beside them. */
function withPrograms(sizeBytes: number, cmd: readonly string[], programs: Programs, more: Partial<KnownImage> = {}): KnownImage {
  const start = programOrShell(programs);
  const entrypoints: Programs = { 'docker-entrypoint.sh': (context) => start({ ...context, argv: context.argv.slice(1) }) };
  return { sizeBytes, cmd, hasShell: true, behaviour: programOrShell({ ...entrypoints, ...programs }), programs, ...more };
}

/** An image that is one program without a shell. */
function bare(sizeBytes: number, program: string, behaviour: Behaviour, more: Partial<KnownImage> = {}): KnownImage {
  const name = program.split('/').pop() ?? program;
  return { sizeBytes, entrypoint: [program], hasShell: false, behaviour: onlyProgram(name, behaviour), programs: { [name]: behaviour }, ...more };
}

function shellImage(sizeBytes: number, cmd: readonly string[], tags?: RegExp): KnownImage {
  return { sizeBytes, cmd, tags, hasShell: true, behaviour: (context) => shellProcess(context) };
}

const entrypoint = ['docker-entrypoint.sh'];
const nginxImage: KnownImage = {
  ...withPrograms(72 * MB, ['nginx', '-g', 'daemon off;'], { nginx }),
  tags: /^(latest|stable|mainline|alpine|perl|1|1\.(1\d|2\d)(\.\d{1,2})?|1(\.\d+)*-(alpine|bookworm|perl)(-slim)?|(stable|mainline)-alpine)$/,
  entrypoint: ['/docker-entrypoint.sh'], files: NGINX_FILES, exposedPorts: [80],
  behaviour: programOrShell({ nginx, 'docker-entrypoint.sh': nginxEntrypoint(programOrShell({ nginx })) }),
};
const mysqlPrograms = { mysqld: mysqlServer, mariadbd: mysqlServer, mysqladmin: mysqlAdmin, 'mariadb-admin': mysqlAdmin };
const languagePrograms = { python, python3: python, node: script, ruby: script, java: script, npm: script, 'docker-php-entrypoint': script };

/** By reference without tag, in docker's short form. */
export const KNOWN_IMAGES: Readonly<Record<string, KnownImage>> = {
  nginx: nginxImage,
  'nginxinc/nginx-unprivileged': {
    ...nginxImage, tags: undefined, user: 101,
    files: { ...NGINX_FILES, '/etc/nginx/nginx.conf': (NGINX_FILES['/etc/nginx/nginx.conf'] ?? '').replace(/^user.*\n/, '').replace('/var/run/nginx.pid', '/tmp/nginx.pid').replace('http {\n', `http {\n${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `    ${name}_temp_path /tmp/${name.replace('_body', '')}_temp;\n`).join('')}`), '/etc/nginx/conf.d/default.conf': (NGINX_FILES['/etc/nginx/conf.d/default.conf'] ?? '').replace(/listen\s+80;/, 'listen 8080;') }, exposedPorts: [8080],
  },
  httpd: withPrograms(58 * MB, ['httpd-foreground'], { 'httpd-foreground': httpd, httpd }, { files: { '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n' }, exposedPorts: [80] }),
  redis: withPrograms(45 * MB, ['redis-server'], { 'redis-server': redisServer, 'redis-cli': redisCli }, { entrypoint, exposedPorts: [6379] }),
  postgres: withPrograms(150 * MB, ['postgres'], { postgres: postgresServer, pg_isready: pgIsReady, psql }, { entrypoint, exposedPorts: [5432] }),
  mysql: withPrograms(230 * MB, ['mysqld'], mysqlPrograms, { entrypoint, exposedPorts: [3306] }),
  mariadb: withPrograms(110 * MB, ['mariadbd'], mysqlPrograms, { entrypoint, exposedPorts: [3306] }),
  mongo: withPrograms(260 * MB, ['mongod'], { mongod: mongoServer }, { entrypoint, exposedPorts: [27017] }),
  memcached: withPrograms(30 * MB, ['memcached'], { memcached: memcachedServer }, { entrypoint, exposedPorts: [11211], user: 11211 }),
  rabbitmq: withPrograms(105 * MB, ['rabbitmq-server'], { 'rabbitmq-server': rabbitmqServer }, { entrypoint, exposedPorts: [5672] }),
  busybox: shellImage(2 * MB, ['sh']),
  alpine: shellImage(4 * MB, ['/bin/sh']),
  ubuntu: shellImage(30 * MB, ['/bin/bash']),
  debian: shellImage(50 * MB, ['bash']),
  centos: shellImage(80 * MB, ['/bin/bash']),
  fedora: shellImage(70 * MB, ['/bin/bash']),
  bash: shellImage(7 * MB, ['bash']),
  'curlimages/curl': { ...shellImage(9 * MB, ['curl', '--help']), user: 100 },
  'nicolaka/netshoot': shellImage(180 * MB, ['bash']),
  'bitnami/kubectl': { ...shellImage(75 * MB, ['sh']), user: 1001 },
  'polinux/stress': shellImage(4 * MB, ['stress']),
  'vish/stress': shellImage(3 * MB, ['stress']),
  'progrium/stress': { ...shellImage(90 * MB, []), entrypoint: ['stress'] },
  python: withPrograms(360 * MB, ['python3'], languagePrograms),
  node: withPrograms(390 * MB, ['node'], languagePrograms, { entrypoint }),
  'hello-world': bare(13_256, '/hello', helloWorld),
  'registry.k8s.io/pause': bare(320_000, '/pause', pause),
  'registry.k8s.io/e2e-test-images/agnhost': withPrograms(53 * MB, ['pause'], { agnhost }, { entrypoint: ['/agnhost'] }),
  'registry.k8s.io/e2e-test-images/busybox': shellImage(2 * MB, ['sh']),
  'registry.k8s.io/e2e-test-images/httpd': withPrograms(58 * MB, ['httpd-foreground'], { 'httpd-foreground': httpd, httpd }, { files: { '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n' }, exposedPorts: [80] }),
  'registry.k8s.io/e2e-test-images/nginx': { ...nginxImage, tags: undefined },
  'registry.k8s.io/echoserver': { sizeBytes: 43 * MB, hasShell: true, behaviour: echoServer, exposedPorts: [8080] },
  'registry.k8s.io/hpa-example': withPrograms(150 * MB, ['apache2-foreground'], { 'apache2-foreground': hpaExample }, { exposedPorts: [80] }),
  'gcr.io/google-samples/hello-app': bare(5 * MB, './hello-app', plainServer('Hello, world!'), { exposedPorts: [8080] }),
  'gcr.io/google_containers/echoserver': { sizeBytes: 43 * MB, hasShell: true, behaviour: echoServer, exposedPorts: [8080] },
  'hashicorp/http-echo': bare(4 * MB, '/http-echo', httpEcho),
  'kube-quest/webhook': bare(12 * MB, '/webhook', webhookServer, { exposedPorts: [8443] }),
  'traefik/whoami': bare(3 * MB, '/whoami', whoami, { exposedPorts: [80] }),
  'prom/prometheus': withPrograms(110 * MB, [], { prometheus: plainServer('prometheus') }, { entrypoint: ['/bin/prometheus'], user: 65534, env: { PORT: '9090' } }),
  'prom/node-exporter': withPrograms(12 * MB, [], { node_exporter: plainServer('node-exporter') }, { entrypoint: ['/bin/node_exporter'], user: 65534, env: { PORT: '9100' } }),
  'grafana/grafana': withPrograms(210 * MB, [], { 'run.sh': plainServer('grafana') }, { entrypoint: ['/run.sh'], user: 472, env: { PORT: '3000' } }),
  'nvidia/cuda': { sizeBytes: 1800 * MB, hasShell: true, behaviour: (context) => (context.argv.length > 0 ? shellProcess(context) : cuda(context)) },
  'nvcr.io/nvidia/cuda': { sizeBytes: 1800 * MB, hasShell: true, behaviour: (context) => (context.argv.length > 0 ? shellProcess(context) : cuda(context)) },
};
