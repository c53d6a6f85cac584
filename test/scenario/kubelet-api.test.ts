/** The kubelet's own API on port 10250: who may ask, and what is told. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.ts';

const curl = (path: string, flags = '') => `curl -sk ${flags} 'https://10.0.0.11:10250${path}'`;
let at: Scene;

beforeAll(async () => {
  at = await Scene.kubeadm({ w1: {} });
  await at.k('run talker --image=busybox -- sh -c "echo one; echo two; sleep 1000000"');
  await at.wait(10);
});

const reconfigured = async (sed: string) => {
  await at.run(`ssh w1 'sed -i ${sed} /var/lib/kubelet/config.yaml; systemctl restart kubelet'`);
  await at.wait(5);
};

describe('a kubelet that lets everybody in', () => {
  it('asks who is there before anything else', async () => {
    expect(await at.run(curl('/containerLogs/default/talker/talker'))).toBe('Unauthorized');
  });

  it('tells anybody what a container has said', async () => {
    await reconfigured('-e "/^  anonymous:/{n;s/false/true/}" -e "s/mode: Webhook/mode: AlwaysAllow/"');
    expect(await at.run(curl('/containerLogs/default/talker/talker'))).toBe('one\ntwo');
    expect(await at.run(curl('/containerLogs/default/talker/talker?tailLines=1'))).toBe('two');
    expect(await at.run(curl('/containerLogs/default/nobody/talker'))).toBe('pods "nobody" not found');
  });

  it('refuses a wrong token, unless it looks at none', async () => {
    const wrong = '-H "Authorization: Bearer wrong"';
    expect(await at.run(curl('/healthz', wrong))).toBe('Unauthorized');
    await reconfigured('-e "/^  webhook:/,/^  x509:/s/enabled: true/enabled: false/"');
    expect(await at.run(curl('/healthz', wrong))).toBe('ok');
  });
});
