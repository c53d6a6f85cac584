/** The client library's HTTP client is made for Node 22 and looks for three functions that Node 20 lacks; to be imported before it. */
import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';

if (!('createZstdDecompress' in zlib)) Object.assign(zlib, { createZstdDecompress: () => { throw new Error('this Node knows no Zstandard'); } });
if (!('markAsUncloneable' in workerThreads)) Object.assign(workerThreads, { markAsUncloneable: () => undefined });
if (!('withResolvers' in Promise)) {
  Object.assign(Promise, {
    withResolvers: () => {
      const made: Record<string, unknown> = {};
      made['promise'] = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
      return made;
    },
  });
}
