/** A vendor's program in a Pod: it finds the API server from inside and does its work until it is stopped. */
import type { KubeObject } from '../api/types.ts';
import { createClient } from '../client/client.ts';
import { inCluster } from '../client/in-cluster.ts';
import { createInformer } from '../client/informer.ts';
import { createQueue } from '../client/queue.ts';
import { createRecorder } from '../client/recorder.ts';
import type { ApiClient, EventRecorder, Informer, ResourceRef, WorkQueue } from '../client/types.ts';
import { klogTime } from '../node/control-plane/program.ts';
import type { Behaviour, ProcessContext } from '../node/process.ts';

const MEMORY_BYTES = 25 * 1024 * 1024;

/** What such a program works with; all of it ends with the program. */
export interface Driver {
  readonly context: ProcessContext;
  readonly client: ApiClient;
  informer<T extends KubeObject>(resource: ResourceRef<T>, onChange: (now: T | undefined, old: T | undefined) => void): Informer<T>;
  queue(name: string, reconcile: (key: string) => void): WorkQueue;
  recorder(component: string): EventRecorder;
  /** The value of `--name=value`. */
  flag(name: string): string | undefined;
  log(text: string): void;
  /** Leaves a file in a folder of the node for as long as the program runs: the socket at which it listens. */
  listen(path: string, offer: object): void;
  onStop(act: () => void): void;
}

/** A behaviour from what the program does once it is up. */
export function driverProgram(name: string, start: (driver: Driver) => void): Behaviour {
  return (context) => {
    const stops: (() => void)[] = [];
    const options = inCluster(context, name);
    if (typeof options === 'string') {
      context.write(`F${klogTime(context.world.clock.now())}       1 main.go:66] ${options}\n`, 'stderr');
      context.world.soon('exit', () => context.exit(1));
    } else {
      context.useMemory(MEMORY_BYTES);
      start(createDriver(context, options, stops));
    }
    return { terminate: () => context.exit(0), cleanUp: () => { for (const stop of stops.splice(0)) stop(); } };
  };
}

function createDriver(context: ProcessContext, options: Exclude<ReturnType<typeof inCluster>, string>, stops: (() => void)[]): Driver {
  const { world, files } = context;
  const client = createClient(options);
  return {
    context, client,
    informer(resource, onChange) {
      const informer = createInformer(resource, options);
      informer.onChange(onChange);
      world.soon('start informer', () => informer.start());
      stops.push(() => informer.stop());
      return informer;
    },
    queue(queueName, reconcile) {
      const queue = createQueue(world, queueName, reconcile);
      stops.push(() => queue.stop());
      return queue;
    },
    recorder: (component) => createRecorder({ world, client, component }),
    flag: (flag) => context.argv.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3),
    log: (text) => context.write(`I${klogTime(world.clock.now())}       1 main.go:1] ${text}\n`, 'stderr'),
    listen(path, offer) {
      files.write(path, JSON.stringify(offer));
      stops.push(() => files.remove(path, { force: true }));
    },
    onStop: (act) => void stops.push(act),
  };
}
