/** Servers that only say who they are: test images, language runtimes, and every image nobody has described. */
import type { HttpRequest, HttpResponse } from '../../network/types.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { flag, InvalidConfiguration, logged, page, server } from './server.ts';

const MB = 1024 * 1024;

/** Carries a container's declared ports to images that are only pretend servers. */
export const PORTS_VARIABLE = 'KUBE_QUEST_PORTS';

/** The containerPorts of the manifest, else $PORT, else 8080. */
function declaredPorts({ env }: ProcessContext): number[] {
  return (env[PORTS_VARIABLE] ?? env.PORT ?? '8080').split(',').map(Number).filter((port) => port > 0);
}

/** What an image does that nobody has described: it serves on the ports that its container declares. */
export function plainServer(name: string): Behaviour {
  return server({
    ports: declaredPorts,
    service: (context) => ({ ...logged(context, ({ path }) => ({ status: 200, body: `${name} on ${context.hostname} answers ${path}\n` })), grpc: true }),
    greeting: (context) => `${name}: listening on ${declaredPorts(context).join(', ') || 'nothing'}`,
  });
}

/** registry.k8s.io/e2e-test-images/agnhost: a subcommand decides what it is. */
export const agnhost: Behaviour = (context) => {
  const [, command = 'pause'] = context.argv;
  if (command === 'grpc-health-checking') return grpcHealth(context);
  if (command === 'serve-hostname') return hostnameServer(context);
  return command === 'pause' || command === 'test-webserver' ? (command === 'pause' ? pause(context) : echoServer(context)) : echoServer(context);
};

const grpcHealth = server({ ports: (context) => [Number(flag(context, '--port') ?? 5000)], service: () => ({ grpc: true }) });
const hostnameServer = server({ ports: (context) => [Number(flag(context, '--port') ?? 9376)], service: (context) => logged(context, () => ({ status: 200, body: context.hostname })) });

export const echoServer = server({
  ports: (context) => [Number(flag(context, '--http-port', '-listen', '--listen')?.replace(/^.*:/, '') ?? context.env.PORT ?? 8080)],
  service: (context) => logged(context, (request) => echoPage(context, request)),
  memoryBytes: 6 * MB,
});

/** hashicorp/http-echo answers with the text it was given. */
export const httpEcho = server({
  ports: (context) => [Number(flag(context, '-listen', '--listen')?.replace(/^.*:/, '') ?? 5678)],
  service: (context) => logged(context, () => ({ status: 200, body: `${flag(context, '-text', '--text') ?? context.env.ECHO_TEXT ?? ''}\n` })),
  greeting: (context) => {
    if (flag(context, '-text', '--text') === undefined && !context.env.ECHO_TEXT) throw new InvalidConfiguration('Missing -text option or set ECHO_TEXT env var!', 127);
    return `Server is listening on ${flag(context, '-listen', '--listen') ?? ':5678'}`;
  },
  memoryBytes: 5 * MB,
});

function echoPage(context: ProcessContext, { path, body = '', method, headers = {} }: HttpRequest): HttpResponse {
  const { pathname, searchParams } = new URL(path, 'http://x');
  if (pathname === '/hostname' || pathname === '/hostName') return { status: 200, body: context.hostname };
  if (pathname === '/echo') return { status: 200, body: body || (searchParams.get('msg') ?? '') };
  if (pathname === '/healthz') return { status: 200, body: 'ok' };
  if (pathname === '/clientip') return { status: 200, body: headers['x-forwarded-for'] ?? '' };
  if (pathname === '/env') return { status: 200, body: JSON.stringify(context.env) };
  return { status: 200, body: `NOW: ${new Date(context.world.clock.now()).toISOString()}\n${method} ${path} on ${context.hostname}\n` };
}

/** traefik/whoami. */
export const whoami = server({
  ports: (context) => [Number(flag(context, '--port') ?? context.env.WHOAMI_PORT_NUMBER ?? 80)],
  service: (context) => logged(context, ({ method, path, headers = {} }, peer) => ({
    status: 200, body: `Hostname: ${context.hostname}\n${context.network.addresses.map((ip) => `IP: ${ip}\n`).join('')}RemoteAddr: ${peer.address}\n${method} ${path} HTTP/1.1\nHost: ${headers.host ?? ''}\n`,
  })),
  greeting: () => 'Starting up on port 80',
});

/** registry.k8s.io/hpa-example: each request costs a lot of processor time. */
export const hpaExample = server({ ports: () => [80], service: (context) => logged(context, () => ({ status: 200, body: 'OK!' }), 60), memoryBytes: 12 * MB });

export const httpd = server({
  ports: ({ files }) => {
    const conf = files.exists('/usr/local/apache2/conf/httpd.conf') ? files.read('/usr/local/apache2/conf/httpd.conf') : '';
    return [Number(/^\s*Listen\s+(\d+)/m.exec(conf)?.[1] ?? 80)];
  },
  service: (context) => logged(context, ({ path }) => page(context, '/usr/local/apache2/htdocs', path)),
  greeting: () => "[core:notice] AH00094: Command line: 'httpd -D FOREGROUND'",
});

/** `python3 -m http.server [PORT]` serves files; any other program is taken for a server on the declared ports. */
export const python: Behaviour = (context) => {
  const { argv } = context;
  const at = argv.indexOf('http.server');
  if (at >= 0) return pythonFiles(context);
  if (argv.includes('-c') || argv.length === 1) return quiet(context);
  return script(context);
};

const pythonFiles = server({
  ports: ({ argv }) => [Number(argv[argv.indexOf('http.server') + 1] ?? 8000)],
  service: (context) => logged(context, ({ path }) => {
    const root = flag(context, '--directory', '-d') ?? context.workingDir.replace(/\/$/, '');
    const found = page(context, root, path);
    return found.status === 403 ? listing(context, root, path) : found;
  }),
  greeting: ({ argv }) => `Serving HTTP on 0.0.0.0 port ${argv[argv.indexOf('http.server') + 1] ?? 8000} ...`,
  onTerminate: 'ignored',
});

function listing({ files }: ProcessContext, root: string, path: string): HttpResponse {
  const entries = files.list(`${root}${path}`).map((name) => `<li><a href="${name}">${name}</a></li>\n`).join('');
  return { status: 200, headers: { 'content-type': 'text/html' }, body: `<h1>Directory listing for ${path}</h1>\n<ul>\n${entries}</ul>\n` };
}

/** A program in a language that is not modelled: its file must be there, then it serves. */
export const script: Behaviour = (context) => {
  const [program = '', ...args] = context.argv;
  const file = args.find((arg) => !arg.startsWith('-'));
  const path = file?.startsWith('/') ? file : `${context.workingDir.replace(/\/$/, '')}/${file ?? ''}`;
  if (file !== undefined && /\.\w+$/.test(file) && !context.files.exists(path)) {
    return serverThatFails(program.startsWith('python') ? `${program}: can't open file '${path}': [Errno 2] No such file or directory` : `Error: Cannot find module '${path}'`, program.startsWith('python') ? 2 : 1)(context);
  }
  return scriptServer(context);
};

const scriptServer = server({ ports: declaredPorts, service: (context) => ({ ...logged(context, ({ path }) => ({ status: 200, body: `${context.hostname} answers ${path}\n` })), grpc: true }), memoryBytes: 40 * MB, onTerminate: 'ignored' });

function serverThatFails(message: string, code: number): Behaviour {
  return server({ ports: () => { throw new InvalidConfiguration(message, code); }, service: () => ({}) });
}

const quiet: Behaviour = (context) => {
  context.world.soon('script', () => context.exit(0));
  return { terminate: () => undefined, cleanUp: () => undefined };
};

/** CUDA workloads: they find a device and keep it busy. */
export const cuda: Behaviour = (context) => {
  context.write('CUDA: 1 device found, starting work\n');
  context.useMemory(256 * MB);
  context.useCpu(500);
  return { terminate: () => context.exit(0), cleanUp: () => undefined };
};

export const helloWorld: Behaviour = (context) => {
  context.write('\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n\n');
  return quiet(context);
};

export const pause: Behaviour = (context) => ({ terminate: () => context.exit(0), cleanUp: () => undefined });
