/** nginx: files from its root, the port from its configuration, and its own words when that is wrong. */
import type { HttpResponse } from '../../network/types.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { shellProcess } from '../runtime/shell/process.ts';
import { InvalidConfiguration, logged, server } from './server.ts';

const ROOT = '/usr/share/nginx/html';
const SITES = '/etc/nginx/conf.d';

export const NGINX_FILES: Readonly<Record<string, string>> = {
  '/etc/nginx/nginx.conf': 'user nginx;\nworker_processes auto;\nevents { worker_connections 1024; }\nhttp {\n    include /etc/nginx/conf.d/*.conf;\n}\n',
  '/etc/nginx/conf.d/default.conf': 'server {\n    listen 80;\n    server_name localhost;\n    location / {\n        root /usr/share/nginx/html;\n        index index.html;\n    }\n}\n',
  '/usr/share/nginx/html/index.html': '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head>\n<body><h1>Welcome to nginx!</h1></body></html>\n',
  '/usr/share/nginx/html/50x.html': '<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>An error occurred.</h1></body></html>\n',
};

const serve = server({
  ports: (context) => readConfiguration(context).ports,
  service: (context) => logged(context, ({ method, path }) => page(context, method, path)),
  greeting: () => '/docker-entrypoint.sh: Configuration complete; ready for start up',
  memoryBytes: 12 * 1024 * 1024,
});

/** nginx, unless the manifest runs something else in its image. */
export const nginx: Behaviour = (context) => {
  const program = context.argv[0]?.split('/').pop() ?? '';
  return program === 'nginx' || program === 'docker-entrypoint.sh' || program === '' ? serve(context) : shellProcess(context);
};

interface Configuration { ports: number[]; root: string; returns?: { status: number; body: string } }

function readConfiguration(context: ProcessContext): Configuration {
  const { files } = context;
  const main = files.exists('/etc/nginx/nginx.conf') ? files.read('/etc/nginx/nginx.conf') : '';
  const sites = files.exists(SITES) && /include\s+\/etc\/nginx\/conf\.d/.test(main)
    ? files.list(SITES).filter((name) => name.endsWith('.conf')).map((name) => ({ path: `${SITES}/${name}`, text: files.read(`${SITES}/${name}`) })) : [];
  for (const { path, text } of [{ path: '/etc/nginx/nginx.conf', text: main }, ...sites]) check(path, text);
  const text = [main, ...sites.map((s) => s.text)].join('\n').replace(/#.*$/gm, '');
  const ports = [...text.matchAll(/\blisten\s+(?:[\d.*]+:)?(\d+)/g)].map((m) => Number(m[1]));
  const returns = /\breturn\s+(\d+)(?:\s+(?:"([^"]*)"|'([^']*)'|([^;]*)))?;/.exec(text);
  return {
    ports: [...new Set(ports)], root: /\broot\s+([^;]+);/.exec(text)?.[1]?.trim() ?? ROOT,
    ...(returns ? { returns: { status: Number(returns[1]), body: (returns[2] ?? returns[3] ?? returns[4] ?? '').replaceAll('\\n', '\n') } } : {}),
  };
}

function check(path: string, text: string): void {
  const lines = text.replace(/#.*$/gm, '').split('\n');
  let depth = 0;
  for (const [i, line] of lines.entries()) {
    depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
    const trimmed = line.trim();
    if (depth < 0) throw emergency(`unexpected "}" in ${path}:${i + 1}`);
    if (trimmed && !/[;{}]\s*$/.test(trimmed)) throw emergency(`directive "${trimmed.split(/\s+/)[0]}" is not terminated by ";" in ${path}:${i + 1}`);
    const directive = /^([a-z_]+)\b/.exec(trimmed)?.[1];
    if (directive && !DIRECTIVES.has(directive)) throw emergency(`unknown directive "${directive}" in ${path}:${i + 1}`);
  }
  if (depth > 0) throw emergency(`unexpected end of file, expecting "}" in ${path}:${lines.length}`);
}

function emergency(text: string): InvalidConfiguration {
  return new InvalidConfiguration(`nginx: [emerg] ${text}`);
}

const DIRECTIVES = new Set(('user worker_processes events worker_connections http include server listen server_name location root index return error_page access_log error_log pid sendfile keepalive_timeout default_type '
  + 'proxy_pass proxy_set_header proxy_read_timeout try_files add_header gzip log_format types client_max_body_size upstream rewrite expires charset resolver set autoindex ssl_certificate ssl_certificate_key tcp_nopush stub_status allow deny').split(' '));

function page(context: ProcessContext, method: string, path: string): HttpResponse {
  const { root, returns } = readConfiguration(context);
  if (returns) return { status: returns.status, body: returns.body };
  const { files } = context;
  const wanted = `${root}${path.split('?')[0]}`.replace(/\/$/, '/index.html');
  if (!files.exists(wanted) || files.stat(wanted).type === 'directory') {
    const isFolder = files.exists(wanted.replace(/\/index\.html$/, '')) && wanted.endsWith('/index.html');
    const status = isFolder ? 403 : 404;
    return { status, headers: { server: 'nginx' }, body: `<html><head><title>${status} ${isFolder ? 'Forbidden' : 'Not Found'}</title></head></html>\n` };
  }
  return { status: 200, headers: { server: 'nginx', 'content-type': 'text/html' }, body: method === 'HEAD' ? '' : files.read(wanted) };
}
