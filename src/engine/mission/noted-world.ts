/** A CheckWorld that asks each question once a sample: many trackers then cost little more than one. */
import type { CheckWorld } from '../checks/subjects.ts';

export interface NotedWorld { world: CheckWorld; /** The next sample: everything is asked anew. */ forget(): void }

/** Wraps `world`; answers are kept until `forget`. */
export function notedWorld(world: CheckWorld): NotedWorld {
  const notes = new Map<string, unknown>();
  const once = <A extends readonly unknown[], R>(name: string, ask: (...args: A) => R) => (...args: A): R => {
    const key = `${name} ${JSON.stringify(args)}`;
    if (!notes.has(key)) notes.set(key, ask(...args));
    return notes.get(key) as R; // put there by the same question
  };
  return {
    forget: () => notes.clear(),
    world: {
      get: once('get', world.get), list: once('list', world.list), can: once('can', world.can), probe: once('probe', world.probe), traffic: once('traffic', world.traffic),
      file: once('file', world.file), etcd: once('etcd', world.etcd), ran: once('ran', world.ran), answers: once('answers', world.answers),
    },
  };
}
