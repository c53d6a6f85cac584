/** `kube-quest pack lint`: what is wrong with a pack, line by line, as JSON or as SARIF. */
import { lintPack } from '../../engine/pack/lint/lint.ts';
import { sarifOf } from '../../engine/pack/lint/sarif.ts';
import { formatProblem } from '../../engine/pack/problems.ts';
import { printable } from '../../engine/pack/sources/safety.ts';

export interface LintOptions { json?: boolean; sarif?: boolean; strict?: boolean; version: string }

/** 1 when there are errors (with `strict`, warnings too). */
export async function lint(where: string, { json, sarif, strict, version }: LintOptions): Promise<number> {
  const { pack, problems } = lintPack(where);
  const errors = problems.filter(({ severity }) => severity !== 'warning').length;
  const warnings = problems.length - errors;
  if (sarif) process.stdout.write(`${JSON.stringify(sarifOf(problems, version), null, 2)}\n`);
  else if (json) process.stdout.write(`${JSON.stringify({ pack: pack?.name, errors, warnings, problems: problems.map((problem) => ({ ...problem, message: printable(problem.message) })) }, null, 2)}\n`);
  else {
    for (const problem of problems) process.stdout.write(`${formatProblem({ ...problem, message: `${problem.severity ?? 'error'}: ${problem.message} [${problem.rule ?? 'format'}]` })}\n`);
    process.stdout.write(`${pack ? `${pack.levels.length} levels: ` : ''}${errors} errors, ${warnings} warnings\n`);
  }
  return errors > 0 || (strict && warnings > 0) ? 1 : 0;
}
