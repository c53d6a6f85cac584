import { expect, test } from 'vitest';
import { logFile } from '../../../../src/cluster/apiserver/audit/log-file.ts';
import { MemoryFileSystem } from '../../../../src/cluster/node/os/memory-file-system.ts';

const DAY_MS = 86_400_000;
const HALF = 'x'.repeat(600 * 1024);

/** Writes a line of more than half a megabyte a day, for so many days. */
function written(days: number, limits: { maxBackup: number; maxAge: number }): string[] {
  let now = Date.UTC(2026, 0, 1, 12);
  const files = new MemoryFileSystem({ now: () => now });
  const write = logFile({ files, path: '/var/log/audit.log', now: () => now, maxSize: 1, ...limits });
  for (let day = 0; day < days; day++, now += DAY_MS) write(HALF);
  return files.list('/var/log').sort();
}

test('the audit log begins anew when it would grow too large; the old one keeps the time in its name', () => {
  expect(written(1, { maxBackup: 0, maxAge: 0 })).toEqual(['audit.log']);
  expect(written(3, { maxBackup: 0, maxAge: 0 })).toEqual(['audit-2026-01-02T12-00-00.000.log', 'audit-2026-01-03T12-00-00.000.log', 'audit.log']);
});

test('backups are kept by number and by age', () => {
  expect(written(6, { maxBackup: 2, maxAge: 0 })).toEqual(['audit-2026-01-05T12-00-00.000.log', 'audit-2026-01-06T12-00-00.000.log', 'audit.log']);
  expect(written(6, { maxBackup: 0, maxAge: 1 })).toEqual(['audit-2026-01-05T12-00-00.000.log', 'audit-2026-01-06T12-00-00.000.log', 'audit.log']);
});
