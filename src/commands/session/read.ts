/** Files with attempts, as they come from a class: bundles, or whole saves. */
import { readFileSync, statSync } from 'node:fs';
import { BUNDLE_BYTES_MAX, BundleError, type Entry, isAttempt, readBundle } from '../../engine/attempts/bundle.ts';
import { type Verified, verifyAttempt } from '../../engine/attempts/verify.ts';
import type { Row } from '../../engine/attempts/report.ts';
import type { Pack } from '../../engine/pack/level.ts';
import { printable } from '../../engine/pack/sources/safety.ts';
import { keyOf, migrate, UnreadableSave } from '../../saves/profile.ts';
import { UserProblem } from '../problem.ts';

interface Handed { player: string; entries: Entry[]; isIntact: boolean; unproven: Verified[] }

/** Every attempt of the files, played again. Throws UserProblem for a file that holds none. */
export async function* verified(files: readonly string[], pack: Pack): AsyncGenerator<Row> {
  for (const file of files) {
    const { player, entries, isIntact, unproven } = handedIn(file, pack);
    const whose = { player: printable(player), file, pack: pack.name, packDigest: pack.digest };
    for (const { attempt, claim } of entries) yield { ...await verifyAttempt(pack, attempt, claim, isIntact), ...whose, attempt: attempt.id };
    for (const one of unproven) yield { ...one, ...whose, attempt: '' };
  }
}

function handedIn(file: string, pack: Pack): Handed {
  const text = read(file);
  const save = asSave(text);
  if (save) return fromSave(save, pack);
  try {
    const { bundle, isIntact } = readBundle(text);
    return { player: bundle.name ?? bundle.player, entries: bundle.entries, isIntact, unproven: [] };
  } catch (error) {
    if (error instanceof BundleError) throw new UserProblem(`${file}: ${error.message}`);
    throw error;
  }
}

/** A save claims stars and scores; the attempts beside them must bear them out. */
function fromSave(save: ReturnType<typeof migrate>, pack: Pack): Handed {
  const records = pack.levels.flatMap((level) => { const record = save.levels[keyOf(pack, level.id)]; return record ? [{ level, record }] : []; });
  const claimOf = ({ bestScore, stars }: { bestScore: number; stars: number }) => ({ score: bestScore, stars });
  return {
    player: save.name, isIntact: true,
    entries: records.flatMap(({ record }) => (isAttempt(record.best) ? [{ attempt: record.best, claim: claimOf(record) }] : [])),
    unproven: records.filter(({ record }) => !isAttempt(record.best) && record.bestScore > 0).map(({ level, record }) => ({
      level: level.id, title: level.title, verdict: 'not reproducible', reason: `the save says ${record.bestScore} points and holds no attempt that proves them`, claim: claimOf(record), goals: [], elapsedMs: 0, commands: 0, hints: 0, failed: {},
    })),
  };
}

function asSave(text: string): ReturnType<typeof migrate> | undefined {
  try {
    return migrate(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UnreadableSave) return undefined;
    throw error;
  }
}

function read(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UserProblem(`${file}: there is no such file`);
  if (!stat.isFile()) throw new UserProblem(`${file}: is no file`);
  if (stat.size > BUNDLE_BYTES_MAX) throw new UserProblem(`${file}: is larger than ${BUNDLE_BYTES_MAX / 1024 / 1024} MiB`);
  return readFileSync(file, 'utf8');
}
