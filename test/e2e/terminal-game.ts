/** The built game in a pseudo-terminal, with saves of its own. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Settings } from '../../src/engine/view.ts';
import { Saves } from '../../src/saves/saves.ts';
import { type Environment, type Size, TerminalProgram } from '../ui/terminal-program.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

export interface GameOptions {
  saves?: string;
  environment?: Environment;
  /** Of a player who is there already. */
  settings?: Partial<Settings>;
}

/** A player named Ada, with their settings. */
function prepared(folder: string, settings: Partial<Settings>): void {
  const saves = new Saves(folder);
  const player = saves.create('Ada');
  saves.save({ ...player, settings: { ...player.settings, ...settings } });
}

export class TerminalGame extends TerminalProgram {
  readonly saves: string;

  constructor(args: readonly string[], size: Size, options: GameOptions | string = {}) {
    const { saves = mkdtempSync(join(tmpdir(), 'kube-quest-')), environment, settings } = typeof options === 'string' ? { saves: options } : options;
    if (settings) prepared(saves, settings);
    super([process.execPath, CLI, ...args, '--saves', saves], { ...size, environment });
    this.saves = saves;
  }
}
