/** The power may go at any moment: nothing that was told as saved is lost, and no save is half written. */
import { expect, test } from 'vitest';
import { bundledSaver, emptyFolder, killGame, killSavers } from './killing.ts';

test('twenty-four processes that save one player are killed, three at a time: all that they have told is there', async () => {
  const [saver, folder] = [await bundledSaver(), emptyFolder()];
  for (let round = 0; round < 8; round++) expect(await killSavers(saver, folder, ['first', 'second', 'third'])).toEqual([]);
});

test('a game that is killed has lost its last second at most', async () => {
  expect(await killGame(emptyFolder(), 'scale-to-five', 2000)).toEqual([]); // twice that where the machine is busy
});
