/** `kube-quest certificate`: what a player has won, every attempt played again first. */
import { writeFileSync } from 'node:fs';
import { asSvg, asText, certificateOf, type Proven } from '../engine/attempts/certificate.ts';
import { verifyAttempt } from '../engine/attempts/verify.ts';
import { loadPack } from '../engine/pack/load.ts';
import { keyOf } from '../saves/profile.ts';
import { Saves, savesFolder } from '../saves/saves.ts';
import { UserProblem } from './problem.ts';

export interface CertificateOptions { levels: string; saves?: string; player?: string; svg?: string; check?: string }

/** Prints it, writes it as SVG with `svg`; with `check` says whether a code is this player's, by the exit status too. */
export async function certificate({ levels, saves: asked, player, svg, check }: CertificateOptions): Promise<number> {
  const profiles = new Saves(savesFolder(asked)).list().filter(({ name }) => player === undefined || name === player);
  const [profile, another] = profiles;
  if (!profile) throw new UserProblem(player === undefined ? 'there are no players yet' : `there is no player named ${player}`);
  if (another) throw new UserProblem(`there are several players; name one with --player: ${profiles.map(({ name }) => name).join(', ')}`);
  const pack = await loadPack(levels);
  const proven: Proven[] = [];
  for (const level of pack.levels) {
    const { best, bestScore = 0, stars = 0 } = profile.levels[keyOf(pack, level.id)] ?? {};
    if (!best) continue;
    const { verdict, reason, score } = await verifyAttempt(pack, best, { score: bestScore, stars }, true);
    if (verdict === 'ok' && score) proven.push({ attempt: best, stars: score.stars, score: score.total });
    else process.stderr.write(`kube-quest: ${level.title} is left out: ${reason ?? verdict}\n`);
  }
  if (proven.length === 0) throw new UserProblem(`${profile.name} has won nothing yet that can be proven`);
  const made = certificateOf(profile.name, pack, proven);
  if (check !== undefined) {
    const isSame = check.trim().toUpperCase() === made.code;
    process.stdout.write(isSame ? `${made.code} is the code of these attempts\n` : `${check} is not the code of these attempts\n`);
    return isSame ? 0 : 1;
  }
  if (svg !== undefined) writeFileSync(svg, asSvg(made));
  process.stdout.write(asText(made));
  return 0;
}
