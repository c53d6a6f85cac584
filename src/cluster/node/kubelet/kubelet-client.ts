/** What a kubelet asks the API server on behalf of its Pods: ConfigMaps, Secrets, Services, tokens. */
import type { World } from '../../../time/simulation.ts';
import type { Pod, Secret, Service } from '../../api/types.ts';
import { configMaps, secrets, serviceAccounts, services } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import type { RegistryCredential } from '../process.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import type { ObjectSource } from './environment.ts';

const REFRESH_AT = 0.8; // token manager: renewed after 80 % of its life

export class KubeletClient {
  readonly #world: World;
  readonly #client: ApiClient;
  readonly #tokens = new Map<string, { token: string; refreshMs: number }>();

  constructor(world: World, client: ApiClient) {
    this.#world = world;
    this.#client = client;
  }

  /** ConfigMaps and Secrets of a namespace. Reading throws ApiError or NetworkError. */
  objects(namespace: string): ObjectSource {
    return {
      configMap: (name) => this.#client.get(configMaps, name, namespace),
      secret: (name) => this.#client.get(secrets, name, namespace),
    };
  }

  /** A token for the Pod's ServiceAccount, bound to the Pod; kept until most of its life is over. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): string {
    const { name, namespace, uid } = pod.metadata;
    const key = `${uid}/${audience ?? ''}/${expirationSeconds}`;
    const nowMs = this.#world.clock.now();
    const known = this.#tokens.get(key);
    if (known && known.refreshMs > nowMs) return known.token;
    const answer = this.#client.createSubresource(serviceAccounts, pod.spec.serviceAccountName ?? 'default', namespace, 'token', {
      apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest',
      spec: { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
    });
    const token = tokenIn(answer);
    for (const [old, { refreshMs }] of this.#tokens) if (refreshMs <= nowMs) this.#tokens.delete(old);
    this.#tokens.set(key, { token, refreshMs: nowMs + expirationSeconds * 1000 * REFRESH_AT });
    return token;
  }

  /** Logins of the Pod's imagePullSecrets; `missing` is told the names of those that are not there. */
  credentials({ spec, metadata: { namespace } }: Pod, missing: (names: string[]) => void): RegistryCredential[] {
    const names = (spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
    if (names.length === 0) return [];
    const found = names.map((name) => this.#secret(name, namespace));
    const absent = names.filter((_, i) => found[i] === undefined);
    if (absent.length > 0) missing(absent);
    return found.flatMap((secret) => loginsIn(secret?.data?.['.dockerconfigjson']));
  }

  #secret(name: string, namespace: string | undefined): Secret | undefined {
    try {
      return this.#client.get(secrets, name, namespace);
    } catch (error) {
      if (isApiFailure(error)) return undefined;
      throw error;
    }
  }

  /** `WEB_SERVICE_HOST` and the like for the Services of the Pod's namespace, and for the API server. */
  serviceVariables(pod: Pod): Record<string, string> {
    const { namespace } = pod.metadata;
    try {
      const own = pod.spec.enableServiceLinks === false ? [] : this.#client.list(services, { namespace });
      const kubernetes = namespace === 'default' && own.length > 0 ? undefined : this.#client.get(services, 'kubernetes', 'default');
      return Object.assign({}, ...[...own, ...(kubernetes ? [kubernetes] : [])].map(variablesOf));
    } catch (error) {
      if (isApiFailure(error)) return {};
      throw error;
    }
  }
}

/** The logins in a .dockerconfigjson. */
function loginsIn(data: string | undefined): RegistryCredential[] {
  if (!data) return [];
  try {
    const { auths = {} } = JSON.parse(Buffer.from(data, 'base64').toString()) as { auths?: Record<string, { username?: string; password?: string; auth?: string }> }; // the format of docker's config
    return Object.entries(auths).map(([server, { username, password, auth = '' }]) => {
      const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
      return { registry: server.replace(/^https?:\/\//, '').replace(/\/.*$/, ''), username: username ?? user, password: password ?? rest.join(':') };
    });
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function tokenIn(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return '';
  const { status } = answer;
  return typeof status === 'object' && status !== null && 'token' in status ? String(status.token) : '';
}

/** The variables of one Service (kubelet's envvars.FromServices). */
function variablesOf({ metadata: { name }, spec: { clusterIP, ports = [] } }: Service): Record<string, string> {
  const [first] = ports;
  if (!clusterIP || clusterIP === 'None' || !first) return {};
  const prefix = name.toUpperCase().replaceAll('-', '_');
  const variables: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: clusterIP, [`${prefix}_SERVICE_PORT`]: String(first.port) };
  for (const { name: portName } of ports) if (portName) variables[`${prefix}_SERVICE_PORT_${portName.toUpperCase().replaceAll('-', '_')}`] = String(ports.find((p) => p.name === portName)?.port);
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${clusterIP}:${port}`;
    const base = `${prefix}_PORT_${port}_${protocol}`;
    if (index === 0) variables[`${prefix}_PORT`] = url;
    Object.assign(variables, { [base]: url, [`${base}_PROTO`]: protocol.toLowerCase(), [`${base}_PORT`]: String(port), [`${base}_ADDR`]: clusterIP });
  }
  return variables;
}
