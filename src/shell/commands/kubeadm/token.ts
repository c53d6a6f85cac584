/** `kubeadm token`: create, list, delete, generate. */
import { formatGoDuration, parseGoDuration, timestamp } from '../../../cluster/api/duration.ts';
import { secrets } from '../../../cluster/client/resources.ts';
import { type ApiClient, ApiError } from '../../../cluster/client/types.ts';
import { NetworkError } from '../../../cluster/network/types.ts';
import { bootstrapTokenOf, publicKeyHash, TOKEN_PATTERN, TOKEN_SECRET_TYPE } from '../../../cluster/pki/bootstrap-token.ts';
import { columns } from '../result.ts';
import { clientOf, type KubeadmCall, KubeadmError } from './call.ts';

const DEFAULT_TTL = '24h0m0s';
const DEFAULT_GROUP = 'system:bootstrappers:kubeadm:default-node-token';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function token(call: KubeadmCall): string {
  const [verb = 'list', ...names] = call.words;
  if (verb === 'generate') return `${generate(call)}\n`;
  const { client, ca, server } = clientOf(call);
  try {
    if (verb === 'create') return created(call, client, names[0], { ca, server });
    if (verb === 'list') return listed(call, client);
    if (verb === 'delete') return names.map((name) => deleted(client, name)).join('');
  } catch (error) {
    if (error instanceof ApiError || error instanceof NetworkError) throw new KubeadmError(error.message);
    throw error;
  }
  throw new KubeadmError(`invalid subcommand "${verb}"`);
}

/** Another one at each instant, and beside each of the `others` that were made in it. */
function generate({ machine: { os } }: KubeadmCall, others = 0): string {
  const random = os.world.random.fork(`kubeadm token ${os.world.clock.now()}${others > 0 ? ` ${others}` : ''}`);
  const letters = (count: number) => Array.from({ length: count }, () => LETTERS[random.int(LETTERS.length)]).join('');
  return `${letters(6)}.${letters(16)}`;
}

function created(call: KubeadmCall, client: ApiClient, given: string | undefined, { ca, server }: { ca: string; server: string }): string {
  const { flags, machine: { os } } = call;
  const text = given ?? generate(call, client.list(secrets, { namespace: 'kube-system' }).length);
  const [, id = '', secret = ''] = TOKEN_PATTERN.exec(text) ?? [];
  if (!id) throw new KubeadmError(`the bootstrap token "${text}" was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`);
  const ttlMs = parseGoDuration(flags.get('--ttl') ?? DEFAULT_TTL);
  if (ttlMs === undefined) throw new KubeadmError(`invalid argument "${flags.get('--ttl')}" for "--ttl" flag: time: invalid duration`);
  const usages = (flags.get('--usages') ?? 'signing,authentication').split(',');
  const stringData = {
    'token-id': id, 'token-secret': secret, ...(ttlMs > 0 ? { expiration: timestamp(os.world.clock.now() + ttlMs) } : {}), ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    'auth-extra-groups': flags.get('--groups') ?? DEFAULT_GROUP, ...(flags.has('--description') ? { description: flags.get('--description')! } : {}),
  };
  const data = Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  if (client.get(secrets, `bootstrap-token-${id}`, 'kube-system')) throw new KubeadmError(`a token with id "${id}" already exists`);
  client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' }, type: TOKEN_SECRET_TYPE, data });
  return flags.has('--print-join-command') ? `kubeadm join ${server.replace('https://', '')} --token ${text} --discovery-token-ca-cert-hash ${publicKeyHash(ca)} \n` : `${text}\n`;
}

function listed({ machine: { os } }: KubeadmCall, client: ApiClient): string {
  const tokens = client.list(secrets, { namespace: 'kube-system' }).flatMap((secret) => bootstrapTokenOf(secret) ?? []);
  if (tokens.length === 0) return '';
  const nowMs = os.world.clock.now();
  const rows = tokens.map(({ id, secret, expiresMs, usages, description, groups }) => [
    `${id}.${secret}`, expiresMs === undefined ? '<forever>' : expiresMs > nowMs ? formatGoDuration(expiresMs - nowMs).replace(/(\d+m)\d.*$|(\d+h)\d+m.*$/, '$1$2') : '<invalid>',
    expiresMs === undefined ? '<never>' : timestamp(expiresMs), [...usages].sort().join(','), description || '<none>', groups.join(',') || '<none>',
  ]);
  return columns([['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'], ...rows], 3);
}

function deleted(client: ApiClient, name: string): string {
  const id = name.split('.')[0]!;
  if (!client.get(secrets, `bootstrap-token-${id}`, 'kube-system')) throw new KubeadmError(`failed to delete bootstrap token "${id}": secrets "bootstrap-token-${id}" not found`);
  client.delete(secrets, `bootstrap-token-${id}`, 'kube-system');
  return `bootstrap token "${id}" deleted\n`;
}
