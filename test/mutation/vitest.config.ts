import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';
import { readJob } from './job.ts';
import { mutantsOf, withSwitches } from './mutants.ts';

const job = readJob();

/** Cheap tests first: what they kill the dear ones need not try. */
class CheapFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification) => (moduleId.includes('/scenario/') ? 2 : Number(readFileSync(moduleId, 'utf8').includes('scene.ts')));
    return files.toSorted((a, b) => cost(a) - cost(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

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
    include: job.include, isolate: false, maxWorkers: 1, sequence: { sequencer: CheapFirst }, bail: job.active === undefined ? 0 : 1, reporters: ['dot'], runner: join(import.meta.dirname, 'runner.ts'),
    testTimeout: 3_600_000, hookTimeout: 60_000, dangerouslyIgnoreUnhandledErrors: true, env: { NODE_ENV: 'test' },
  },
});
