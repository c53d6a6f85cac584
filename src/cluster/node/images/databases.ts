/** Databases and caches with the clients that probes and players use. */
import { NetworkError, type PortService } from '../../network/types.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { flag, InvalidConfiguration, server } from './server.ts';

const MB = 1024 * 1024;

export const redisServer = server({
  ports: (context) => [Number(flag(context, '--port') ?? 6379)],
  service: () => ({ tcp: redisConversation(new Map()) }),
  greeting: () => '1:M * Server initialized\n1:M * Ready to accept connections tcp',
  memoryBytes: 10 * MB,
});

/** Commands one a line, answers in redis' protocol. */
function redisConversation(data: Map<string, string>): NonNullable<PortService['tcp']> {
  return (input) => input.trim().split(/\r?\n/).map((line) => redisCommand(data, line)).join('');
}

function redisCommand(data: Map<string, string>, line: string): string {
  const [name = '', key = '', ...rest] = line.trim().split(/\s+/);
  switch (name.toUpperCase()) {
    case 'PING': return '+PONG\r\n';
    case 'SET': data.set(key, rest.join(' ')); return '+OK\r\n';
    case 'GET': { const value = data.get(key); return value === undefined ? '$-1\r\n' : `$${value.length}\r\n${value}\r\n`; }
    case 'INCR': { const value = Number(data.get(key) ?? 0) + 1; data.set(key, String(value)); return `:${value}\r\n`; }
    case 'DEL': return `:${Number(data.delete(key))}\r\n`;
    case 'KEYS': return `*${data.size}\r\n${[...data.keys()].sort().map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`;
    case 'DBSIZE': return `:${data.size}\r\n`;
    case 'FLUSHALL': data.clear(); return '+OK\r\n';
    default: return `-ERR unknown command '${name}'\r\n`;
  }
}

/** `redis-cli [-h HOST] [-p PORT] COMMAND…` */
export const redisCli: Behaviour = (context) => client(context, '-h', Number(flag(context, '-p') ?? 6379), (service, host, port) => {
  const words = context.argv.slice(1).filter((arg, i, all) => !/^-[hpan]$/.test(arg) && !/^-[hpan]$/.test(all[i - 1] ?? ''));
  if (!service) {
    context.write(`Could not connect to Redis at ${host}:${port}: Connection refused\n`, 'stderr');
    return 1;
  }
  const answer = service.tcp?.(words.join(' '), { address: '127.0.0.1' }) ?? '';
  context.write(`${readable(answer)}\n`);
  return 0;
});

function readable(answer: string): string {
  const [first = '', ...lines] = answer.trimEnd().split('\r\n');
  if (first.startsWith('+')) return first.slice(1);
  if (first.startsWith('-')) return `(error) ${first.slice(1)}`;
  if (first.startsWith(':')) return first.slice(1);
  if (first === '$-1') return '';
  return lines.filter((line) => !line.startsWith('$')).join('\n');
}

export const postgresServer = server({
  ports: (context) => [Number(flag(context, '-p', '--port') ?? context.env.PGPORT ?? 5432)],
  service: () => ({ tcp: () => '' }),
  greeting: ({ env, files }) => {
    const folder = env.PGDATA ?? '/var/lib/postgresql/data';
    if (!env.POSTGRES_PASSWORD && env.POSTGRES_HOST_AUTH_METHOD !== 'trust' && !files.exists(`${folder}/PG_VERSION`)) {
      throw new InvalidConfiguration('Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".');
    }
    files.makeDirectory(folder);
    files.write(`${folder}/PG_VERSION`, '16\n');
    return 'LOG:  listening on IPv4 address "0.0.0.0", port 5432\nLOG:  database system is ready to accept connections';
  },
  memoryBytes: 40 * MB,
});

/** `pg_isready [-h HOST] [-p PORT]`: 0 when it accepts connections, 2 when nobody answers. */
export const pgIsReady: Behaviour = (context) => client(context, '-h', Number(flag(context, '-p') ?? 5432), (service, host, port) => {
  const where = flag(context, '-h') ? host : '/var/run/postgresql';
  context.write(`${where}:${port} - ${service ? 'accepting connections' : 'no response'}\n`);
  return service ? 0 : 2;
});

/** psql as far as asking whether the server is there. */
export const psql: Behaviour = (context) => client(context, '-h', Number(flag(context, '-p') ?? 5432), (service, host, port) => {
  if (!service) context.write(`psql: error: connection to server at "${host}", port ${port} failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n`, 'stderr');
  else if (/select\s+1/i.test(flag(context, '-c') ?? '')) context.write(' ?column? \n----------\n        1\n(1 row)\n\n');
  return service ? 0 : 2;
});

export const mysqlServer = server({
  ports: (context) => [Number(flag(context, '--port') ?? 3306)],
  service: () => ({ tcp: () => '' }),
  greeting: ({ env, files }) => {
    const isFresh = !files.exists('/var/lib/mysql/ibdata1');
    if (isFresh && !env.MYSQL_ROOT_PASSWORD && !env.MARIADB_ROOT_PASSWORD && !env.MYSQL_ALLOW_EMPTY_PASSWORD && !env.MYSQL_RANDOM_ROOT_PASSWORD) {
      throw new InvalidConfiguration('[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD');
    }
    files.makeDirectory('/var/lib/mysql');
    files.write('/var/lib/mysql/ibdata1', 'InnoDB\n');
    return '[System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: \'8.4.5\'  port: 3306';
  },
  memoryBytes: 350 * MB,
});

export const mysqlAdmin: Behaviour = (context) => client(context, '-h', 3306, (service, host) => {
  if (service) context.write('mysqld is alive\n');
  else context.write(`mysqladmin: connect to server at '${host}' failed\nerror: 'Can't connect to MySQL server on '${host}:3306' (111)'\n`, 'stderr');
  return service ? 0 : 1;
});

export const mongoServer = server({ ports: (context) => [Number(flag(context, '--port') ?? 27017)], service: () => ({ tcp: () => '' }), greeting: () => '{"msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}', memoryBytes: 120 * MB });
export const memcachedServer = server({ ports: (context) => [Number(flag(context, '-p') ?? 11211)], service: () => ({ tcp: () => 'STAT pid 1\r\nEND\r\n' }), memoryBytes: 4 * MB });
export const rabbitmqServer = server({ ports: () => [5672, 15672], service: () => ({ tcp: () => '', http: () => ({ status: 200, body: 'RabbitMQ Management\n' }) }), greeting: () => ' completed with 4 plugins.', memoryBytes: 110 * MB });

/** Connects, does one thing and ends with its exit code. */
function client(context: ProcessContext, hostFlag: string, port: number, use: (service: PortService | undefined, host: string, port: number) => number) {
  const host = flag(context, hostFlag, '--host') ?? '127.0.0.1';
  const code = use(connected(context, host, port), host, port);
  context.world.soon('client', () => context.exit(code));
  return { terminate: () => undefined, cleanUp: () => undefined };
}

function connected({ network }: ProcessContext, host: string, port: number): PortService | undefined {
  try {
    const connection = network.connect(host, port);
    connection.close();
    return connection.service;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}
