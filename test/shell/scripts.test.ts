/** Scripts in files on the player's machine, and what their lines say. */
import { describe, expect, it } from 'vitest';
import { TerminalScene } from './terminal-scene.ts';

describe('kubectl in a script', () => {
  it('is captured, piped and redirected as at the prompt', async () => {
    const scene = await TerminalScene.booted();
    await scene.run(`printf 'first=$(kubectl get nodes -o name | head -1)\\necho "[$first]"\\nkubectl get nodes -o name > names\\n' > list.sh`);
    expect(await scene.run('bash list.sh')).toBe('[node/control-plane]\n');
    expect(await scene.run('cat names')).toBe('node/control-plane\nnode/worker-1\n');
    await scene.run('names() { kubectl get nodes -o name > $1; }');
    expect(await scene.run('names again')).toBe('');
    expect(await scene.run('cat again')).toBe('node/control-plane\nnode/worker-1\n');
  });
});

describe('date -s', () => {
  it('takes a time of today', async () => {
    const scene = await TerminalScene.booted();
    expect(await scene.on('worker-1', 'date -s 9:30')).toBe('Mon Jan  5 09:30:00 UTC 2026\n');
    expect(await scene.on('worker-1', 'date -s 12:30:15')).toBe('Mon Jan  5 12:30:15 UTC 2026\n');
    expect(await scene.on('worker-1', 'date -s 25:00')).toBe("date: invalid date '25:00'\n");
  });
});

describe('kubeadm token create', () => {
  it('makes another token each time, at the same instant too', async () => {
    const scene = await TerminalScene.booted();
    const [one, two] = [await scene.on('control-plane', 'kubeadm token create'), await scene.on('control-plane', 'kubeadm token create')];
    expect(one).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
    expect(two).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
    expect(two).not.toBe(one);
  });
});
