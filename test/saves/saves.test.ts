/** Whatever happens to the files: one clear message, and nothing is lost. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KubeQuest } from '../../src/engine/game.ts';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { type Profile, SCHEMA } from '../../src/saves/profile.ts';
import { Saves } from '../../src/saves/saves.ts';
import { filesOf, folderOf } from '../engine/pack/small-pack.ts';
import { emptyFolder } from './killing.ts';

const FIXTURES = resolve(import.meta.dirname, 'fixtures');
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

/** A folder with one player who has won something, and who has been saved twice. */
function played(): { folder: string; path: string; player: Profile } {
  const folder = emptyFolder();
  const saves = new Saves(folder);
  const player = saves.save({ ...saves.create('Ada'), levels: { 'hello-cluster': { stars: 3, bestScore: 980, wins: 1, attempts: 1 } } });
  saves.save(player);
  return { folder, path: join(folder, `${player.id}.json`), player };
}

const kubeQuest = (folder: string, ...words: string[]) => spawnSync(process.execPath, [CLI, ...words, '--saves', folder], { encoding: 'utf8', input: '' });
const command = (line: string, atMs: number) => ({ atMs, do: 'run' as const, line });
const attemptWith = (...lines: string[]) => ({ ...newAttempt('scale-to-five', 'sha256:0', 'seed', 'one'), inputs: lines.map(command) });

describe('saves of every released schema', () => {
  test.each(readdirSync(FIXTURES))('%s is read, and nothing of it is lost when it is saved', (file) => {
    const folder = emptyFolder();
    copyFileSync(join(FIXTURES, file), join(folder, file));
    const saves = new Saves(folder);
    const before: Profile = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'));
    saves.save(saves.list()[0]!);
    const [after] = new Saves(folder).list();
    expect(saves.messages).toEqual([]);
    expect(after).toMatchObject({ ...before, schema: SCHEMA });
  });

  test('one of a newer schema is left alone, also when this version writes', () => {
    const { folder, path, player } = played();
    const saves = new Saves(folder);
    const newer = JSON.stringify({ ...player, schema: SCHEMA + 1, powers: ['flight'] });
    writeFileSync(path, newer);
    expect(() => saves.save(player)).toThrow(/was written by a newer kube-quest \(schema 3, this one knows 2\); it was left alone\. Update kube-quest/);
    expect(saves.list()).toEqual([]);
    expect(saves.messages).toHaveLength(1);
    expect(readFileSync(path, 'utf8')).toBe(newer);
  });
});

describe('a file that is no save', () => {
  const broken: [string, (path: string) => void][] = [
    ['truncated', (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100))],
    ['empty', (path) => writeFileSync(path, '')],
    ['full of zeros', (path) => writeFileSync(path, Buffer.alloc(500))],
    ['of another program', (path) => writeFileSync(path, '{"schema": 2, "id": "x"}')],
    ['whose name leads elsewhere', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace(/"id": "[^"]*"/, '"id": "../../elsewhere"'))],
    ['a link to another file', (path) => { const target = join(emptyFolder(), 'passwd'); writeFileSync(target, readFileSync(path)); execFileSync('rm', [path]); symlinkSync(target, path); }],
    ['a link to nothing', (path) => { execFileSync('rm', [path]); symlinkSync('/nowhere', path); }],
    ['a folder', (path) => { execFileSync('rm', [path]); mkdirSync(path); }],
  ];
  test.each(broken)('%s is kept under another name, and the version before is used', (_what, breakIt) => {
    const { folder, path, player } = played();
    breakIt(path);
    const saves = new Saves(folder);
    expect(saves.list()).toEqual([player]);
    expect(saves.messages).toEqual([expect.stringMatching(/^A save could not be read \(.*\)\. Its backup was used; the broken file is kept as .*\.unreadable-/)]);
    expect(readdirSync(folder).filter((name) => name.includes('.unreadable-'))).toHaveLength(1);
    expect(new Saves(folder).list()).toEqual([player]);
  });

  test.each(broken)('%s, and without a backup, is kept and told', (_what, breakIt) => {
    const { folder, path } = played();
    breakIt(path);
    execFileSync('rm', [`${path}.bak`]);
    const saves = new Saves(folder);
    expect(saves.list()).toEqual([]);
    expect(saves.messages).toEqual([expect.stringMatching(/It is kept as .*\.unreadable-/)]);
  });

  test('a folder named newer makes no save newer', () => {
    const folder = join(emptyFolder(), 'newer');
    const { path } = played();
    new Saves(folder);
    writeFileSync(join(folder, basename(path)), '{');
    const saves = new Saves(folder);
    expect(saves.list()).toEqual([]);
    expect(saves.messages[0]).toMatch(/is kept as/);
  });

  test('a link where the backup goes is not written through', () => {
    const { folder, path, player } = played();
    const target = join(emptyFolder(), 'precious');
    writeFileSync(target, 'precious');
    execFileSync('rm', [`${path}.bak`]);
    symlinkSync(target, `${path}.bak`);
    new Saves(folder).save(player);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });
});

describe('a place that takes nothing', () => {
  test('a file where the folder should be', () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '');
    const { status, stderr } = kubeQuest(file, 'play', 'scale-to-five', '--plain');
    expect(stderr).toBe(`kube-quest: ${file} cannot be made; name another place with --saves DIR\n`);
    expect(status).toBe(1);
  });

  // Permissions do not count for root, /proc does.
  test.runIf(process.platform === 'linux')('a folder that cannot be written to', () => {
    const { status, stderr } = kubeQuest('/proc/sys', 'play', 'scale-to-five', '--plain');
    expect(stderr).toMatch(/^kube-quest: \/proc\/sys\/\S+ cannot be written: .*; your progress is kept in memory, free some space or name another place with --saves DIR\n$/);
    expect(status).toBe(1);
  });

  // A limit on the size of files is the full disk that anybody can make.
  test.runIf(process.platform !== 'win32')('a full disk: the game goes on, says so once, and leaves the save as it was', () => {
    const { folder, path, player } = played();
    const saves = new Saves(folder);
    saves.save({ ...player, open: { 'scale-to-five': attemptWith(...Array.from({ length: 12 }, (_, i) => `echo ${i} ${'x'.repeat(60)}`)) } });
    const before = readFileSync(path, 'utf8');
    const { status, stdout, stderr } = spawnSync('bash', ['-c', `ulimit -f 1; exec "${process.execPath}" "${CLI}" play scale-to-five --plain --saves "${folder}"`], { encoding: 'utf8', input: 'kubectl get nodes\necho still here\n' });
    expect(stdout).toContain('still here');
    expect(stderr).toBe(`kube-quest: ${path} cannot be written: files may not be that large here; your progress is kept in memory, free some space or name another place with --saves DIR\n`);
    expect(status).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('two games of one player', () => {
  test('each keeps what the other has won and begun', () => {
    const { folder, player } = played();
    const [one, other] = [new Saves(folder), new Saves(folder)];
    one.save({ ...player, levels: { ...player.levels, a: { stars: 2, bestScore: 700, wins: 1, attempts: 1 } } });
    other.save({ ...player, open: { 'scale-to-five': attemptWith('echo') }, openedAt: { 'scale-to-five': 5 } });
    const [found] = new Saves(folder).list();
    expect(Object.keys(found!.levels)).toEqual(['hello-cluster', 'a']);
    expect(found!.open['scale-to-five']!.inputs).toHaveLength(1);
  });

  test('what a killed game has left is cleared away', () => {
    const { folder, path, player } = played();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(`${path}.${pid}.abcdef.tmp`, '{"half');
    writeFileSync(`${path}.${process.pid}.abcdef.tmp`, '{"being written');
    expect(new Saves(folder).list()).toEqual([player]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([`${player.id}.json.${process.pid}.abcdef.tmp`]);
  });
});

describe('a clock that jumps back', () => {
  test('a lock from the future whose owner is gone holds nobody up', () => {
    const { folder, player } = played();
    const lock = join(folder, `.${player.id}.lock`);
    writeFileSync(lock, 'of nobody that is known');
    utimesSync(lock, new Date('2099-01-01'), new Date('2099-01-01'));
    new Saves(folder).save({ ...player, name: 'Grace' });
    expect(new Saves(folder).list()[0]!.name).toBe('Grace');
    expect(existsSync(lock)).toBe(false);
  });

  test('what is played after it is kept, and still written each second', async () => {
    const { folder, player } = played();
    let nowMs = Date.UTC(2026, 5, 1);
    const pack = loadPack(folderOf(filesOf()));
    const game = new KubeQuest(async () => pack, new Saves(folder), { now: () => nowMs });
    await game.choosePlayer(player.id);
    await game.startLevel('two');
    const onDisk = () => new Saves(folder).list()[0]!.open['small/two']!.inputs.length;
    const run = async (line: string) => { game.mission()!.submit(line); await game.mission()!.tick(400); await game.mission()!.tick(400); };
    await run('echo before');
    nowMs -= 86_400_000;
    await run('echo after');
    nowMs += 2000;
    await run('echo more');
    expect(onDisk()).toBeGreaterThanOrEqual(2);
    await game.close();
    expect(onDisk()).toBe(3);
  });
});

test('a link in the folder keeps leading where it led', () => {
  const { folder } = played();
  symlinkSync('/etc/passwd', join(folder, 'link.json'));
  const saves = new Saves(folder);
  expect(saves.list()).toHaveLength(1);
  expect(saves.messages).toEqual([expect.stringContaining('is a symbolic link; a save must be a file of its own')]);
  expect(readlinkSync(join(folder, readdirSync(folder).find((name) => name.startsWith('link.json'))!))).toBe('/etc/passwd');
});
