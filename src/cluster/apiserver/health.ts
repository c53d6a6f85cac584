/** /healthz, /livez and /readyz: all checks at once, each by its own path, and `?verbose`. */
import type { ApiResponse } from './request.ts';

const FIRST = ['ping', 'log', 'etcd'];
const HOOKS = ['poststarthook/start-apiserver-admission-initializer', 'poststarthook/generic-apiserver-start-informers', 'poststarthook/start-apiextensions-informers', 'poststarthook/start-apiextensions-controllers', 'poststarthook/crd-informer-synced', 'poststarthook/start-system-namespaces-controller', 'poststarthook/start-cluster-authentication-info-controller', 'poststarthook/rbac/bootstrap-roles', 'poststarthook/scheduling/bootstrap-system-priority-classes', 'poststarthook/apiservice-discovery-controller', 'autoregister-completion'];

/** The answer to a health path; undefined for other paths. `hasEtcd`: whether etcd answers. */
export function health(path: string, query: URLSearchParams, hasEtcd: boolean): ApiResponse | undefined {
  const [, endpoint = '', check = ''] = /^\/(healthz|livez|readyz)(?:\/(.+))?$/.exec(path) ?? [];
  if (!endpoint) return undefined;
  const known = endpoint === 'readyz' ? [...FIRST, 'etcd-readiness', 'informer-sync', ...HOOKS, 'shutdown'] : [...FIRST, ...HOOKS];
  if (check && !known.includes(check)) return text(404, '404 page not found\n');
  const asked = check ? [check] : known.filter((name) => !query.getAll('exclude').includes(name));
  const isWell = (name: string) => hasEtcd || !name.startsWith('etcd');
  const lines = asked.map((name) => (isWell(name) ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`)).join('');
  if (!asked.every(isWell)) return text(500, `${lines}${endpoint} check failed\n`);
  return text(200, query.has('verbose') ? `${lines}${endpoint} check passed\n` : 'ok');
}

function text(code: number, body: string): ApiResponse {
  return { code, body, contentType: 'text/plain; charset=utf-8' };
}
