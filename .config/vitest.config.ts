import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // All cores: one is left idle otherwise. Not isolated: each scene needs the whole model, which a worker then loads once; nothing in it is kept in modules.
  test: { isolate: false, maxWorkers: '100%', include: ['test/**/*.test.{ts,tsx}'], testTimeout: 240_000, hookTimeout: 240_000, env: { NODE_ENV: 'test' } },
});
