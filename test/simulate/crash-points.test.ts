/** The short form of `npm run simulate -- --crashes`: controllers that die, or hear no answer, after any of their writes. */
import { describe, expect, it } from 'vitest';
import { crashesOf, differences, marksLost } from './crash-points.ts';
import { SCRIPTS } from './crash-scripts.ts';

describe('controllers that are disturbed after each of their writes come to the same end', () => {
  // The Indexed Job: an index that had succeeded ran again (simulation, seed 31012).
  it.each(['an Indexed Job completes', 'a Job gives up indexes', 'volumes and claims find each other and part (Delete)'])('%s', async (name) => {
    expect(await crashesOf(SCRIPTS.find((script) => script.name === name)!)).toEqual([]);
  });

  // A Job's controller took away finalizers that others had put on a Pod meanwhile; who looks after nodes, the conditions of its Pods.
  it.each([['a Job completes', 'finalizer'], ['a Job has a deadline', 'finalizer'], ['a node falls silent and goes', 'condition']] as const)('%s: what others write meanwhile stays (%s)', async (name, mark) => {
    expect(await marksLost(SCRIPTS.find((script) => script.name === name)!, [mark])).toEqual([]);
  });

  it('tells what is missing and what is there instead', () => {
    expect(differences(['a', 'a', 'b'], ['a', 'c'])).toEqual(['missing: a', 'missing: b', 'instead: c']);
  });
});
