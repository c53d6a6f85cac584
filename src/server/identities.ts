/** Who calls: from a real certificate or token to what the cluster itself believes. */
import { randomBytes, X509Certificate } from 'node:crypto';
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
export interface Entry { transport: ApiTransport; credential?: Credential }

interface Shown { /** PEM */ certificate: string; user?: User }

const KNOWN_MAX = 1_000;

export class Identities {
  readonly #door: ClusterDoor;
  readonly #transports = new Map<string, ApiTransport>();
  readonly #tokens = new Map<string, User>();
  readonly #entered: (user: User) => void;
  readonly #authority: X509Certificate;
  readonly #shown = new WeakMap<TLSSocket, Shown | undefined>();

  /** `entered` is told of each user that comes in by one of the face's own certificates or tokens, each time. */
  constructor(door: ClusterDoor, authority: Authority, entered: (user: User) => void) {
    this.#door = door;
    this.#authority = new X509Certificate(authority.certificate);
    this.#entered = entered;
  }

  /** A token for a user of the face: a new one, or one that was kept. */
  tokenFor(user: User, kept?: string): string {
    const token = kept ?? randomBytes(24).toString('hex');
    this.#tokens.set(token, user);
    return token;
  }

  /** What is neither the face's own certificate nor its token is shown to the cluster, which knows its own, and refuses the rest. */
  entryOf(request: IncomingMessage): Entry {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    const shown = this.#shownBy(request);
    const user = shown?.user ?? (token ? this.#tokens.get(token) : undefined);
    if (user) {
      this.#entered(user);
      return { transport: this.#as(user) };
    }
    if (!shown && !token) return { transport: this.#bare() };
    return { transport: this.#bare(), credential: { ...(shown ? { clientCertificate: shown.certificate } : {}), ...(token ? { token } : {}) } };
  }

  #shownBy({ socket }: IncomingMessage): Shown | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    if (!this.#shown.has(socket)) this.#shown.set(socket, shownBy(socket, this.#authority));
    return this.#shown.get(socket);
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

/** The certificate that a connection has shown, whose key its handshake has proven; the user, if the face's authority has signed it. */
function shownBy(socket: TLSSocket, authority: X509Certificate): Shown | undefined {
  const { raw, subject } = socket.getPeerCertificate();
  if (!raw) return undefined;
  const certificate = new X509Certificate(raw);
  const isOurs = certificate.checkIssued(authority) && certificate.verify(authority.publicKey) && Date.parse(certificate.validTo) >= Date.now();
  const { CN, O }: { CN?: string | string[]; O?: string | string[] } = subject;
  return { certificate: certificate.toString(), ...(isOurs ? { user: { name: String(CN ?? ''), groups: O === undefined ? [] : Array.isArray(O) ? O : [O] } } : {}) };
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
