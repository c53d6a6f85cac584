/** What each command takes: its usage line, aliases and flags, read from surface.json. */
import { flagSpec, type FlagSpec } from './flags.ts';
import facts from './surface.json' with { type: 'json' };

/** A command as the command line knows it. */
export interface Surface { use: string; aliases?: readonly string[]; flags: string }

/** Flags that come together in many commands. */
const GROUPS: Readonly<Record<string, string>> = {
  '@print': 'allow-missing-template-keys=true o/output:string show-managed-fields template:string',
  '@files': 'f/filename:stringSlice k/kustomize:string R/recursive',
  '@dry': 'dry-run:string=none?unchanged',
};

const GLOBAL = 'h/help as:string as-group:stringArray as-uid:string as-user-extra:stringArray cache-dir:string certificate-authority:string '
  + 'client-certificate:string client-key:string cluster:string context:string disable-compression insecure-skip-tls-verify kubeconfig:string '
  + 'kuberc:string log-flush-frequency:duration=5s match-server-version n/namespace:string password:string profile:string=none '
  + 'profile-output:string=profile.pprof request-timeout:string=0 s/server:string tls-server-name:string token:string user:string username:string '
  + 'v/v:int=0 vmodule:string warnings-as-errors';

/** Flags that every command takes. */
export const globalFlags: readonly FlagSpec[] = GLOBAL.split(' ').map(flagSpec);

const surfaces: Readonly<Record<string, Surface>> = facts;

/** Paths of all commands, such as `create secret tls`. */
export const commandPaths: readonly string[] = Object.keys(surfaces);

/** The facts of a command; throws for one that does not exist. */
export function surfaceOf(path: string): Surface {
  const surface = surfaces[path];
  if (!surface) throw new Error(`kubectl: surface.json has no command "${path}"`);
  return surface;
}

/** The flags of a command's own, in the order of surface.json. */
export function ownFlags(path: string): FlagSpec[] {
  const words = surfaceOf(path).flags.split(' ').filter(Boolean);
  return words.flatMap((word) => (GROUPS[word] ?? word).split(' ')).map(flagSpec);
}

/** All flags of a command; its own hide global ones of the same name or letter. */
export function allFlags(path: string): FlagSpec[] {
  const own = path === '' ? [] : ownFlags(path);
  const isHidden = (flag: FlagSpec) => own.some((mine) => mine.name === flag.name || (mine.short !== undefined && mine.short === flag.short));
  return [...own, ...globalFlags.filter((flag) => !isHidden(flag))];
}
