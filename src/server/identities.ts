/** Who calls: from a real certificate or token to what the cluster itself believes. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ApiTransport, Credential } from '../cluster/apiserver/request.ts';
import type { Authority } from './x509.ts';

/** A user of the face. */
export interface User { name: string; groups: readonly string[] }

/** Ways into the cluster's API server, each with a certificate of the cluster's own authority, or with none. */
export interface ClusterDoor {
  /** The URL that kubeconfigs inside of the cluster name. */
  readonly server: string;
  /** As this user, by a certificate that the cluster's authority signs. */
  as(user: User): ApiTransport;
  /** Without a certificate: by a token, or anonymous. */
  bare(): ApiTransport;
}

/** A request's way in: the transport and what else it shows. */
export interface Entry { transport: ApiTransport; credential?: Credential; isForeign?: boolean }

const KNOWN_MAX = 1_000;

export class Identities {
  readonly #door: ClusterDoor;
  readonly #transports = new Map<string, ApiTransport>();
  readonly #tokens = new Map<string, User>();
  readonly #entered: (user: User) => void;

  /** `entered` is told of each user that comes in by one of the face's own certificates or tokens, each time. */
  constructor(door: ClusterDoor, entered: (user: User) => void) {
    this.#door = door;
    this.#entered = entered;
  }

  /** A token for a user of the face: a new one, or one that was kept. */
  tokenFor(user: User, kept?: string): string {
    const token = kept ?? randomBytes(24).toString('hex');
    this.#tokens.set(token, user);
    return token;
  }

  /** A request that shows what nobody believes goes on with it, and is refused as the cluster's flags say. */
  entryOf(request: IncomingMessage): Entry {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    const byCertificate = certificateUser(request);
    const user = byCertificate === 'unknown' ? undefined : byCertificate ?? (token ? this.#tokens.get(token) : undefined);
    if (user) {
      this.#entered(user);
      return { transport: this.#as(user) };
    }
    if (token) return { transport: this.#bare(), credential: { token } };
    // A certificate that no authority of ours has signed is shown as such: 401, never anonymous.
    return { transport: this.#bare(), isForeign: byCertificate === 'unknown' };
  }

  #as(user: User): ApiTransport {
    return this.#known(JSON.stringify([user.name, user.groups]), () => this.#door.as(user));
  }

  #bare(): ApiTransport { return this.#known('', () => this.#door.bare()); }

  #known(key: string, make: () => ApiTransport): ApiTransport {
    const found = this.#transports.get(key);
    if (found) return found;
    if (this.#transports.size >= KNOWN_MAX) this.#transports.clear();
    const made = make();
    this.#transports.set(key, made);
    return made;
  }
}

const users = new WeakMap<TLSSocket, User | 'unknown' | undefined>();

function certificateUser({ socket }: IncomingMessage): User | 'unknown' | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  if (!users.has(socket)) users.set(socket, readCertificate(socket));
  return users.get(socket);
}

function readCertificate(socket: TLSSocket): User | 'unknown' | undefined {
  const certificate = socket.getPeerCertificate();
  if (!certificate || Object.keys(certificate).length === 0) return undefined;
  if (!socket.authorized) return 'unknown';
  const { CN, O }: { CN?: string | string[]; O?: string | string[] } = certificate.subject;
  return { name: String(CN ?? ''), groups: O === undefined ? [] : Array.isArray(O) ? O : [O] };
}

/** What a kubeconfig needs of the face. */
export function kubeconfig({ url, authority, admin, playerToken, cluster }: { url: string; authority: Authority; admin: User; playerToken: string; cluster: string }): string {
  const pair = authority.issue({ commonName: admin.name, organizations: admin.groups });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
- name: ${cluster}
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(authority.certificate)}
users:
- name: ${admin.name}
  user:
    client-certificate-data: ${base64(pair.certificate)}
    client-key-data: ${base64(pair.key)}
- name: player
  user:
    token: ${playerToken}
contexts:
- name: ${admin.name}@${cluster}
  context: {cluster: ${cluster}, user: ${admin.name}}
- name: player@${cluster}
  context: {cluster: ${cluster}, user: player}
current-context: ${admin.name}@${cluster}
preferences: {}
`;
}
