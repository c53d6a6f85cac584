import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { readJob } from './job.ts';
import { mutantsOf, withSwitches } from './mutants.ts';

const job = readJob();

export default defineConfig({
  root: job.root,
  plugins: [{
    name: 'mutants',
    enforce: 'pre',
    load(id) {
      const first = job.first[relative(job.root, id)];
      if (first === undefined) return undefined;
      const code = readFileSync(id, 'utf8');
      return withSwitches(code, mutantsOf(code), first);
    },
  }],
  test: {
    include: job.include, isolate: false, maxWorkers: 1, bail: job.active === undefined ? 0 : 1, reporters: ['dot'], runner: join(import.meta.dirname, 'runner.ts'),
    testTimeout: 3_600_000, hookTimeout: 60_000, dangerouslyIgnoreUnhandledErrors: true, env: { NODE_ENV: 'test' },
  },
});
