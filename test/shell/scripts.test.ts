/** Scripts in files on the player's machine. */
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
