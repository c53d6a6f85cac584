/** What the game of paper says by itself, in English whatever the language: Kubernetes' words, levels' texts, what the engine would have said. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const LENSES_AND_LEVELS = readFileSync(join(import.meta.dirname, 'fake-game.ts'), 'utf8').replace(/\s+/g, ' ');
