/** Tokens in Secrets, for those who ask for one: filled in while their ServiceAccount lives, deleted with it. */
import type { Secret, ServiceAccount } from '../api/types.ts';
import { secrets, serviceAccounts } from '../client/resources.ts';
import { legacyToken } from '../pki/service-account-token.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/** The tokens controller; `key` is the text of --service-account-private-key-file. */
export function serviceAccountTokenController(key: string, rootCa = ''): Controller {
  return ({ informer, client, queue: createQueue }) => {
    const accounts = informer(serviceAccounts);
    const all = informer(secrets);
    all.indexBy('account', (secret) => (secret.type === TYPE ? [accountOf(secret)] : []));
    const queue = createQueue('serviceaccount-token', (name) => {
      const secret = all.get(name);
      if (secret?.type !== TYPE || secret.metadata.deletionTimestamp) return;
      const { metadata } = secret;
      const account = client.get(serviceAccounts, metadata.annotations?.[NAME] ?? '', metadata.namespace);
      const uid = metadata.annotations?.[UID];
      if (!account || (uid && uid !== account.metadata.uid)) return unlessGone(() => client.delete(secrets, metadata.name, metadata.namespace, { preconditions: { uid: metadata.uid } }));
      if (uid && secret.data?.['token'] && secret.data['namespace'] && secret.data['ca.crt'] === encode(rootCa)) return;
      client.update(secrets, filled(secret, account));
    });

    function filled(secret: Secret, { metadata: { uid, name, namespace = '' } }: ServiceAccount): Secret {
      const token = secret.data?.['token'] ?? encode(legacyToken({ namespace, name, uid, secret: secret.metadata.name }, key));
      return {
        ...secret, metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, [UID]: uid } },
        data: { ...secret.data, ...(rootCa ? { 'ca.crt': encode(rootCa) } : {}), namespace: encode(namespace), token },
      };
    }

    all.onChange((now) => { if (now?.type === TYPE) queue.add(keyOf(now)); });
    accounts.onChange((now, old) => { for (const secret of all.byIndex('account', keyOf((now ?? old)!))) queue.add(keyOf(secret)); });
    return { stop: () => queue.stop() };
  };
}

function accountOf({ metadata: { namespace, annotations } }: Secret): string { return `${namespace}/${annotations?.[NAME] ?? ''}`; }

function encode(text: string): string { return Buffer.from(text, 'utf8').toString('base64'); }
