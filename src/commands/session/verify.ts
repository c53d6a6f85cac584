/** `kube-quest verify`: every attempt played again, one line each. */
import { loadPack } from '../../engine/pack/load.ts';
import { printable } from '../../engine/pack/sources/safety.ts';
import { verified } from './read.ts';

/** 1 when any attempt is not what it claims to be. */
export async function verify(files: readonly string[], where: string, { json }: { json?: boolean }): Promise<number> {
  const counts = { ok: 0, bad: 0 };
  for await (const row of verified(files, loadPack(where))) {
    if (row.verdict === 'ok') counts.ok++;
    else counts.bad++;
    if (json) process.stdout.write(`${JSON.stringify({ file: row.file, player: row.player, level: row.level, verdict: row.verdict, reason: row.reason, claim: row.claim, score: row.score?.total, stars: row.score?.stars })}\n`);
    else process.stdout.write(printable(`${row.verdict === 'ok' ? 'ok  ' : 'FAIL'} ${row.file}: ${row.player}: ${row.level}: ${row.verdict === 'ok' ? `${row.score?.total} points, ${row.score?.stars} stars` : `${row.verdict}: ${row.reason}`}`) + '\n');
  }
  if (!json) process.stdout.write(`${counts.ok} proven, ${counts.bad} not\n`);
  return counts.bad > 0 ? 1 : 0;
}
