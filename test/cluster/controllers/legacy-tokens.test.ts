import { expect, test } from 'vitest';
import { TOKEN_TRACKING } from '../../../src/cluster/api/legacy-tokens.ts';
import { configMaps, secrets, serviceAccounts } from '../../../src/cluster/client/resources.ts';
import { USUAL_SETTINGS } from '../../../src/cluster/controllers/controller.ts';
import { Scene } from './scene.ts';

const DAY = 86_400;

test('a token that its account lists and nobody has used is marked after its time, and deleted after as long again', async () => {
  const at = new Scene({ controllers: ['legacy-service-account-token-cleaner'], nodes: [], manager: { settings: { ...USUAL_SETTINGS, ms: (name, usual) => (name === 'legacy-service-account-token-clean-up-period' ? 2 * DAY * 1000 : usual) } } });
  const today = () => new Date(at.world.clock.now()).toISOString().slice(0, 10);
  at.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: TOKEN_TRACKING, namespace: 'kube-system' }, data: { since: today() } });
  at.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'default' }, secrets: [{ name: 'forgotten' }, { name: 'used' }] });
  for (const name of ['forgotten', 'used', 'by-hand']) at.create(secrets, { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name, namespace: 'default', annotations: { 'kubernetes.io/service-account.name': 'robot' } } });
  const marks = () => ['forgotten', 'used', 'by-hand'].map((name) => (at.has(secrets, name) ? at.get(secrets, name).metadata.labels?.['kubernetes.io/legacy-token-invalid-since'] ?? '' : 'gone'));
  const days = async (count: number) => {
    for (let i = 0; i < count; i++) {
      at.client.patch(secrets, 'used', 'default', { metadata: { labels: { 'kubernetes.io/legacy-token-last-used': today() } } });
      await at.wait(DAY);
    }
  };
  await days(2);
  expect(marks()).toEqual(['', '', '']);
  await days(2);
  expect(marks()).toEqual([expect.stringMatching(/^2026-/), '', '']);
  await days(4);
  expect(marks()).toEqual(['gone', '', '']);
});
