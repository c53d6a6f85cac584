import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from '../../../src/cluster/scheduler/heap.ts';

test('a heap gives what went in, least first, with pushes between the pops', () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer({ min: -20, max: 20 })), { maxLength: 60 }), (steps) => {
    const heap = new Heap<number>((a, b) => a < b);
    const kept: number[] = [];
    for (const step of steps) {
      if (step !== null) {
        heap.push(step);
        kept.push(step);
        kept.sort((a, b) => a - b);
      } else expect(heap.pop()).toBe(kept.shift());
    }
    while (kept.length > 0) expect(heap.pop()).toBe(kept.shift());
    expect(heap.pop()).toBeUndefined();
  }));
});

test('a push compares with the items on its way up, not with all', () => {
  let compared = 0;
  const heap = new Heap<number>((a, b) => { compared++; return a < b; });
  for (let i = 1024; i > 0; i--) heap.push(i);
  compared = 0;
  heap.push(0);
  expect(compared).toBe(10);
});
