/** `kube-quest report`: what a class did, from attempts that were played again. */
import { writeFileSync } from 'node:fs';
import { asCsv, asHtml, asJson, asJunit, asTable, asXapi, type Row } from '../../engine/attempts/report.ts';
import { loadPack } from '../../engine/pack/load.ts';
import { printable } from '../../engine/pack/sources/safety.ts';
import { UserProblem } from '../problem.ts';
import type { ReportFlags } from './program.ts';
import { verified } from './read.ts';

const LRS_BATCH = 100;

export async function report(files: readonly string[], where: string, flags: ReportFlags): Promise<number> {
  if ([flags.csv, flags.json, flags.junit, flags.html].filter(Boolean).length > 1) throw new UserProblem('say one of --csv, --json, --junit and --html');
  const pack = loadPack(where);
  const rows: Row[] = [];
  for await (const row of verified(files, pack)) rows.push(row);
  const text = flags.csv ? asCsv(rows) : flags.json ? asJson(rows) : flags.junit ? asJunit(rows) : flags.html ? asHtml(rows, flags.title ?? pack.title) : printable(asTable(rows));
  if (flags.out) writeFileSync(flags.out, text);
  else process.stdout.write(text);
  const statements = asXapi(rows, new Date().toISOString());
  if (flags.xapi) writeFileSync(flags.xapi, `${JSON.stringify(statements, null, 1)}\n`);
  if (flags.lrs) await send(statements, flags.lrs);
  return 0;
}

/** xAPI 1.0.3: statements are posted; the same statement sent twice stays one. Throws UserProblem in the store's words. */
async function send(statements: readonly object[], lrs: string): Promise<void> {
  const url = `${lrs.replace(/\/+$/, '').replace(/\/statements$/, '')}/statements`;
  if (!/^https?:\/\//.test(url)) throw new UserProblem(`--lrs: "${lrs}" is no URL`);
  const auth = process.env.KUBE_QUEST_LRS_AUTH;
  for (let i = 0; i < statements.length; i += LRS_BATCH) {
    const answer = await fetch(url, {
      method: 'POST', body: JSON.stringify(statements.slice(i, i + LRS_BATCH)), signal: AbortSignal.timeout(30_000),
      headers: { 'content-type': 'application/json', 'x-experience-api-version': '1.0.3', ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}) },
    }).catch((error: unknown) => { throw new UserProblem(`${url} cannot be reached: ${error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error)}`); });
    if (!answer.ok && answer.status !== 409) throw new UserProblem(`${url} answers ${answer.status}: ${printable((await answer.text()).slice(0, 200))}`);
  }
  process.stderr.write(`${statements.length} statements sent to ${url}\n`);
}
