import { expect, test } from 'vitest';
import { pod, Scene } from '../../../scenario/scene.ts';

const container = (image: string, securityContext: object, more: object = {}) => ({ containers: [{ name: 'c', image, securityContext, ...more }] });
const shell = (script: string, securityContext: object, more: object = {}) => container('busybox:1.36', securityContext, { command: ['sh', '-c', `${script}; sleep 3600`], ...more });

test('who is not root writes only where modes and owners allow it', async () => {
  const at = await Scene.kubeadm();
  await at.k('create secret generic key --from-literal=a=b');
  const volumes = [{ name: 'd', emptyDir: {} }, { name: 's', secret: { secretName: 'key', defaultMode: 0o400 } }];
  const volumeMounts = [{ name: 'd', mountPath: '/data' }, { name: 's', mountPath: '/s' }];
  const script = 'touch /x && echo root-dir; touch /tmp/x && echo tmp; echo 1 > /data/f && echo data; cat /s/a && echo secret';
  await at.apply(
    pod('user', { ...shell(script, { runAsUser: 1000 }, { volumeMounts }), volumes }),
    pod('grouped', { ...shell(script, { runAsUser: 1000 }, { volumeMounts }), volumes, securityContext: { fsGroup: 2000 } }),
    pod('root', { ...shell(script, {}, { volumeMounts }), volumes }),
  );
  await at.wait(10);
  const did = async (name: string) => (await at.k(`logs ${name}`)).split('\n').filter((line) => /^(root-dir|tmp|data|bsecret)$/.test(line));
  expect([await did('user'), await did('grouped'), await did('root')]).toEqual([['tmp', 'data'], ['tmp', 'data', 'bsecret'], ['root-dir', 'tmp', 'data', 'bsecret']]);
});

test('fsGroup is one of the groups of the user, and has what is made below its volumes', async () => {
  const at = await Scene.kubeadm();
  const volumeMounts = [{ name: 'd', mountPath: '/a' }, { name: 'd', mountPath: '/b', subPath: 'below' }];
  const looking = (securityContext: object) => ({ ...shell('id; ls -ld /b; echo 1 > /b/f; ls -l /b/f', {}, { volumeMounts }), volumes: [{ name: 'd', emptyDir: {} }], securityContext });
  await at.apply(pod('grouped', looking({ runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 })), pod('user', looking({ runAsUser: 1000 })), pod('root', looking({})));
  await at.wait(10);
  const logs = async (name: string) => (await at.k(`logs ${name}`)).split('\n').map((line) => line.replace(/ +\d+ Jan.*/, ''));
  expect(await logs('grouped')).toEqual(['uid=1000 gid=3000 groups=2000,3000', 'drwxrwsrwx 2 root 2000', '-rw-r--r-- 1 1000 2000']);
  expect([(await logs('user'))[0], (await logs('root'))[0]]).toEqual(['uid=1000 gid=0(root) groups=0(root)', 'uid=0(root) gid=0(root) groups=0(root)']);
});

test('nginx needs its cache folder, its process id file and three capabilities of root', async () => {
  const at = await Scene.kubeadm();
  const mounted = (path: string) => ({ volumeMounts: [{ name: 'v', mountPath: path }] });
  await at.apply(
    pod('plain', container('nginx:1.27', {})),
    pod('user', container('nginx:1.27', { runAsUser: 101 })),
    pod('sealed', container('nginx:1.27', { readOnlyRootFilesystem: true })),
    pod('half', { ...container('nginx:1.27', { readOnlyRootFilesystem: true }, mounted('/var/cache/nginx')), volumes: [{ name: 'v', emptyDir: {} }] }),
    pod('bare', container('nginx:1.27', { capabilities: { drop: ['ALL'] } })),
    pod('kept', container('nginx:1.27', { capabilities: { drop: ['ALL'], add: ['CHOWN', 'SETGID', 'SETUID'] } })),
    pod('unprivileged', { ...container('nginxinc/nginx-unprivileged:1.27', { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, mounted('/tmp')), volumes: [{ name: 'v', emptyDir: {} }] }),
  );
  await at.wait(12);
  const said = async (name: string) => /nginx: \[emerg\] (.*)/.exec(await at.k(`logs ${name}`))?.[1];
  const all: (string | undefined)[] = [];
  for (const name of ['plain', 'user', 'sealed', 'half', 'bare', 'kept', 'unprivileged']) all.push(await said(name));
  expect(all).toEqual([
    undefined, 'mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)', 'mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)', 'open() "/var/run/nginx.pid" failed (30: Read-only file system)',
    'chown("/var/cache/nginx/client_temp", 101) failed (1: Operation not permitted)', undefined, undefined,
  ]);
});
