/** nginx's configuration language: directives and blocks, includes, and nginx's own words for what is wrong. */
import type { FileSystem } from '../file-system.ts';
import { InvalidConfiguration } from './server.ts';

export interface Directive { name: string; args: readonly string[]; block?: readonly Directive[]; file: string; line: number }

export interface Location { modifier: string; path: string; directives: readonly Directive[] }
export interface VirtualServer { ports: readonly number[]; names: readonly string[]; locations: readonly Location[]; directives: readonly Directive[] }

const MAIN = '/etc/nginx/nginx.conf';

const KNOWN = new Set(('user worker_processes events worker_connections http include server listen server_name location root alias index return error_page access_log error_log pid sendfile keepalive_timeout default_type '
  + 'proxy_pass proxy_set_header proxy_http_version proxy_read_timeout proxy_connect_timeout proxy_buffering try_files add_header gzip gzip_types log_format types client_max_body_size upstream rewrite expires charset resolver set autoindex '
  + 'ssl_certificate ssl_certificate_key ssl_protocols ssl_ciphers tcp_nopush tcp_nodelay stub_status allow deny if map limit_req limit_req_zone auth_basic auth_basic_user_file keepalive least_conn ip_hash internal daemon load_module worker_rlimit_nofile '
  + 'client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path multi_accept use server_tokens proxy_redirect types_hash_max_size client_body_timeout send_timeout reset_timedout_connection absolute_redirect port_in_redirect').split(' '));

/** The servers of /etc/nginx/nginx.conf. Throws InvalidConfiguration with nginx's message. */
export function readServers(files: FileSystem): VirtualServer[] {
  if (!files.exists(MAIN)) throw emergency(`open() "${MAIN}" failed (2: No such file or directory)`);
  const directives = parse(files, MAIN);
  const http = directives.filter(({ name }) => name === 'http').flatMap(({ block = [] }) => block);
  const upstreams = new Map(http.filter(({ name }) => name === 'upstream').map(({ args, block = [] }) => [args[0] ?? '', block.find(({ name }) => name === 'server')?.args[0] ?? '']));
  return http.filter(({ name }) => name === 'server').map(({ block = [] }) => serverOf(block, upstreams));
}

/** The directives of the whole program, those of its http block among them. */
export function mainDirectives(files: FileSystem): readonly Directive[] {
  return parse(files, MAIN).flatMap((directive) => (directive.name === 'http' ? directive.block ?? [] : [directive]));
}

/** The `nginx: [emerg] …` that ends it. */
export function emergency(text: string): InvalidConfiguration {
  return new InvalidConfiguration(`nginx: [emerg] ${text}`);
}

function serverOf(block: readonly Directive[], upstreams: ReadonlyMap<string, string>): VirtualServer {
  const values = (name: string) => block.filter((directive) => directive.name === name);
  const ports = values('listen').map(({ args: [address = ''], file, line }) => portOf(address, file, line));
  return {
    ports: ports.length > 0 ? [...new Set(ports)] : [80], names: values('server_name').flatMap(({ args }) => args), directives: block,
    locations: values('location').map(({ args, block: inner = [] }) => ({
      modifier: args.length > 1 ? (args[0] ?? '') : '', path: args.at(-1) ?? '/', directives: inner.map((directive) => resolved(directive, upstreams)),
    })),
  };
}

function portOf(address: string, file: string, line: number): number {
  const port = Number(address.split(':').pop());
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw emergency(`invalid port in "${address}" of the "listen" directive in ${file}:${line}`);
}

/** proxy_pass to an upstream goes to its first server. */
function resolved(directive: Directive, upstreams: ReadonlyMap<string, string>): Directive {
  if (directive.name !== 'proxy_pass') return directive;
  const [, scheme = '', host = '', rest = ''] = /^(https?:\/\/)([^/]+)(.*)$/.exec(directive.args[0] ?? '') ?? [];
  const server = upstreams.get(host);
  return server === undefined ? directive : { ...directive, args: [`${scheme}${server}${rest}`] };
}

interface Token { text: string; line: number; isQuoted: boolean }

function parse(files: FileSystem, file: string): Directive[] {
  const tokens = tokenize(files.read(file));
  let at = 0;
  const block = (isInner: boolean): Directive[] => {
    const result: Directive[] = [];
    for (;;) {
      const token = tokens[at];
      if (!token) {
        if (isInner) throw emergency(`unexpected end of file, expecting "}" in ${file}:${lineCount(files.read(file))}`);
        return result;
      }
      at++;
      if (token.text === '}' && !token.isQuoted) {
        if (!isInner) throw emergency(`unexpected "}" in ${file}:${token.line}`);
        return result;
      }
      result.push(...directive(token));
    }
  };
  const directive = (first: Token): Directive[] => {
    const words: Token[] = [first];
    for (;;) {
      const token = tokens[at++];
      if (!token) throw emergency(`unexpected end of file, expecting ";" or "}" in ${file}:${lineCount(files.read(file))}`);
      if (token.isQuoted || !';{}'.includes(token.text)) {
        words.push(token);
        continue;
      }
      if (token.text === '}') throw emergency(`unexpected "}" in ${file}:${token.line}`);
      checkName(first, words, file);
      const [name = '', ...args] = words.map(({ text }) => text);
      if (token.text === ';') return name === 'include' ? included(files, args[0] ?? '') : [{ name, args, file, line: first.line }];
      return [{ name, args, block: name === 'types' || name === 'map' ? skipBlock() : block(true), file, line: first.line }];
    }
  };
  const skipBlock = (): Directive[] => {
    while (tokens[at] && tokens[at]?.text !== '}') at++;
    at++;
    return [];
  };
  return block(false);
}

function checkName(first: Token, words: readonly Token[], file: string): void {
  // A forgotten semicolon makes the next directive an argument.
  const swallowed = words.slice(1).find(({ text, line }) => line > first.line && KNOWN.has(text));
  if (swallowed) throw emergency(`invalid number of arguments in "${first.text}" directive in ${file}:${first.line}`);
  if (!KNOWN.has(first.text)) throw emergency(`unknown directive "${first.text}" in ${file}:${first.line}`);
}

function included(files: FileSystem, pattern: string): Directive[] {
  const path = pattern.startsWith('/') ? pattern : `/etc/nginx/${pattern}`;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const name = path.slice(folder.length + 1);
  if (!name.includes('*')) return files.exists(path) ? parse(files, path) : [];
  const matches = new RegExp(`^${name.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`);
  return files.exists(folder) ? files.list(folder).filter((each) => matches.test(each) && !each.startsWith('.')).flatMap((each) => parse(files, `${folder}/${each}`)) : [];
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [found] of text.matchAll(/#[^\n]*|\n|[;{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:\$\{[^}]*\}|[^\s;{}"'#])+/g)) {
    const isQuoted = found.startsWith('"') || found.startsWith("'");
    if (found !== '\n' && !found.startsWith('#')) tokens.push({ text: isQuoted ? found.slice(1, -1).replaceAll('\\n', '\n') : found, line, isQuoted });
    line += found.split('\n').length - 1;
  }
  return tokens;
}

function lineCount(text: string): number {
  return text.split('\n').length;
}
