import { expect, test } from 'vitest';
import { ClusterNetwork } from '../../../../src/cluster/network/network.ts';
import { installBinary } from '../../../../src/cluster/node/os/binary.ts';
import { NodeOs } from '../../../../src/cluster/node/os/node-os.ts';
import { type ServiceContext, StartError } from '../../../../src/cluster/node/os/systemd.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

const UNIT = `[Unit]
Description=kubelet: The Kubernetes Node Agent

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10
`;
const DROP_IN = `[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
`;
const UNIT_PATH = '/usr/lib/systemd/system/kubelet.service';
const DROP_IN_PATH = '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf';

function machine() {
  const world = new Simulation({ seed: 1, startMs: Date.UTC(2026, 0, 1) });
  const starts: string[][] = [];
  let running: ServiceContext | undefined;
  let stops = 0;
  const os = new NodeOs({
    world, network: new ClusterNetwork(world), hostname: 'worker-1', address: '10.0.0.1',
    programs: ({ files }) => ({
      kubelet: {
        start(argv, context) {
          starts.push([...argv]);
          const path = argv.find((arg) => arg.startsWith('--config='))?.slice('--config='.length) ?? '';
          if (!files.exists(path)) throw new StartError([`open ${path}: no such file or directory`]);
          running = context;
          return { stop: () => { stops++; } };
        },
      },
    }),
  });
  installBinary(os.files, '/usr/bin/kubelet', { name: 'kubelet', version: 'v1.36.2' });
  os.files.makeDirectory('/etc/systemd/system/kubelet.service.d');
  os.files.makeDirectory('/var/lib/kubelet');
  os.files.write(UNIT_PATH, UNIT);
  os.files.write(DROP_IN_PATH, DROP_IN);
  os.files.write('/var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration\n');
  os.systemd.reload();
  os.systemd.setEnabled('kubelet', true);
  const status = () => os.systemd.status('kubelet')!;
  const journal = () => os.journal.read({ unit: 'kubelet.service' }).map(({ message }) => message);
  return { world, os, starts, status, journal, exit: (code: number) => running?.exit(code), stops: () => stops };
}

test('an enabled service starts with the machine, with the flags of its drop-in and environment file', () => {
  const { os, starts, status } = machine();
  os.files.write('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--v=2 --node-ip=10.0.0.1"\n');
  os.powerOn();
  expect(starts).toEqual([['--config=/var/lib/kubelet/config.yaml', '--v=2', '--node-ip=10.0.0.1']]);
  expect(status()).toMatchObject({ state: 'active', sub: 'running', enabled: true, dropIns: [DROP_IN_PATH], restarts: 0 });
});

test('a disabled service stays down at boot', () => {
  const { os, status } = machine();
  os.systemd.setEnabled('kubelet', false);
  os.powerOn();
  expect(status()).toMatchObject({ state: 'inactive', sub: 'dead', enabled: false });
});

test('a wrong flag makes the start fail, again and again, until unit and manager are put right', async () => {
  const { world, os, status, journal } = machine();
  os.files.write(DROP_IN_PATH, DROP_IN.replace('config.yaml', 'konfig.yaml'));
  os.powerOn();
  expect(status()).toMatchObject({ state: 'activating', sub: 'auto-restart', exitCode: 1 });
  await world.advance(25_000);
  expect(status().restarts).toBe(2);
  expect(journal()).toContain('open /var/lib/kubelet/konfig.yaml: no such file or directory');
  expect(journal()).toContain('kubelet.service: Main process exited, code=exited, status=1/FAILURE');
  expect(journal()).toContain('kubelet.service: Scheduled restart job, restart counter is at 2.');
  os.files.write(DROP_IN_PATH, DROP_IN);
  expect(status().needsReload).toBe(true);
  await world.advance(10_000);
  expect(status().state).toBe('activating');
  os.systemd.reload();
  await world.advance(10_000);
  expect(status()).toMatchObject({ state: 'active', needsReload: false });
});

test('Restart=always brings back a program that ends well, but not one that was stopped', async () => {
  const { world, os, status, exit, stops } = machine();
  os.powerOn();
  exit(0);
  expect(status().sub).toBe('auto-restart');
  await world.advance(10_000);
  expect(status()).toMatchObject({ state: 'active', restarts: 1 });
  os.systemd.stop('kubelet');
  await world.advance(60_000);
  expect(status()).toMatchObject({ state: 'inactive', sub: 'dead' });
  expect(stops()).toBe(2);
});

test('a unit without StartLimitInterval=0 is given up after five quick failures', async () => {
  const { world, os, status, journal } = machine();
  os.files.write(UNIT_PATH, UNIT.replace('StartLimitInterval=0\n', '').replace('RestartSec=10', 'RestartSec=100ms'));
  os.files.remove('/var/lib/kubelet/config.yaml');
  os.powerOn();
  await world.advance(60_000);
  expect(status()).toMatchObject({ state: 'failed', sub: 'failed', restarts: 5 });
  expect(journal().at(-2)).toBe('kubelet.service: Start request repeated too quickly.');
  os.files.write('/var/lib/kubelet/config.yaml', '');
  os.systemd.resetFailed('kubelet');
  os.systemd.start('kubelet');
  expect(status().state).toBe('active');
});

test('a program that is not installed cannot be executed', () => {
  const { os, status, journal } = machine();
  os.files.write(DROP_IN_PATH, '[Service]\nExecStart=\nExecStart=/usr/local/bin/kubelet\n');
  os.powerOn();
  expect(status().exitCode).toBe(203);
  expect(journal()).toContain('kubelet.service: Failed to locate executable /usr/local/bin/kubelet: No such file or directory');
  os.files.write('/usr/local/bin/kubelet', '#!/bin/sh\n');
  os.systemd.restart('kubelet');
  expect(journal()).toContain('kubelet.service: Failed at step EXEC spawning /usr/local/bin/kubelet: Permission denied');
  os.files.remove('/usr/local/bin/kubelet');
  os.files.link('/usr/bin/kubelet', '/usr/local/bin/kubelet');
  os.systemd.restart('kubelet');
  expect(status().state).toBe('active');
});

test('pulling the plug ends everything; the disk and the journal stay', async () => {
  const { world, os, status, stops } = machine();
  os.powerOn();
  const before = os.journal.read().length;
  await world.advance(1000);
  os.powerOff();
  expect([status().state, stops(), os.journal.read().length]).toEqual(['inactive', 1, before]);
  os.powerOn();
  expect(status().state).toBe('active');
  expect(os.bootedAtMs).toBe(world.clock.now());
});

test('the journal is read by unit, time and number of lines', async () => {
  const { world, os } = machine();
  os.journal.write('containerd.service', 'containerd', 7, 'one\ntwo');
  await world.advance(5000);
  os.journal.write('kubelet.service', 'kubelet', 8, 'three');
  os.journal.write('containerd.service', 'containerd', 7, 'four');
  const messages = (options: Parameters<typeof os.journal.read>[0]) => os.journal.read(options).map(({ message }) => message);
  expect(messages({ unit: 'containerd.service' })).toEqual(['one', 'two', 'four']);
  expect(messages({ sinceMs: world.clock.now() })).toEqual(['three', 'four']);
  expect(messages({ lines: 1 })).toEqual(['four']);
});
