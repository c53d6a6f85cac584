/** Entries of kubeconfig files: which file holds one, and how flags change it. */
import { posix } from 'node:path';
import type { Call } from '../command.ts';
import { HelpError, KubectlError } from '../errors.ts';
import { configAsObject, emptyConfig, type Kubeconfig, type LoadedConfig } from '../kubeconfig.ts';
import type { Dict } from '../objects.ts';
import { goYaml } from '../printers/yaml.ts';

export type Section = 'clusters' | 'users' | 'contexts';

/** The file that a change is written to: the one that has the entry, else the first that exists, else the last that could. */
export function fileFor({ loaded, paths }: LoadedConfig, has: (config: Kubeconfig) => boolean): { path: string; config: Kubeconfig } {
  const chosen = loaded.find(({ config }) => has(config)) ?? loaded[0];
  if (chosen) return chosen;
  const path = paths.at(-1);
  if (!path || path === '/dev/null') throw new KubectlError('there is no kubeconfig file to change');
  return { path, config: emptyConfig() };
}

export async function save(call: Call, path: string, config: Kubeconfig): Promise<void> {
  await call.environment.files.write(path, goYaml(configAsObject(config)));
}

/** Puts an entry into the file that has it; tells whether it was there before. */
export async function putEntry(call: Call, section: Section, name: string, change: (before: Dict) => Dict): Promise<boolean> {
  const { path, config } = fileFor(await call.config(), (candidate) => candidate[section].has(name));
  const before = config[section].get(name);
  await save(call, path, { ...config, [section]: new Map<string, Dict>([...config[section], [name, change(before ?? {})]]) });
  return before !== undefined;
}

/** The file that kubectl names, whichever holds the entry. */
export const mainFile = (loaded: LoadedConfig): string => fileFor(loaded, () => false).path;

export async function setCurrent(call: Call, name: string): Promise<void> {
  const { path, config } = fileFor(await call.config(), (candidate) => candidate.currentContext !== '');
  await save(call, path, { ...config, currentContext: name });
}

export const unexpectedArgs = ({ args }: Call): HelpError => new HelpError(`Unexpected args: [${args.join(' ')}]`);

/** The entry with the flags that were given. */
export function given({ flags }: Call, before: Dict, names: readonly string[]): Dict {
  const set = names.filter((name) => flags.changed(name));
  const entry: Dict = { ...before, ...Object.fromEntries(set.map((name) => [name, flags.string(name)])) };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== ''));
}

/** File flags are kept as paths, or with --embed-certs as the file's content. */
export async function withFiles(call: Call, entry: Dict, names: readonly string[]): Promise<Dict> {
  let result = entry;
  for (const name of names.filter((each) => call.flags.changed(each))) {
    const path = call.flags.string(name);
    const { [`${name}-data`]: _data, [name]: _path, ...rest } = result;
    result = call.flags.bool('embed-certs')
      ? { ...rest, [`${name}-data`]: Buffer.from(await contentOf(call, name, path)).toString('base64') }
      : { ...rest, [name]: absolutePath(call, path) };
  }
  return result;
}

const absolutePath = ({ environment: { env } }: Call, path: string): string => (path === '' || path.startsWith('/') ? path : posix.resolve(env.PWD ?? env.HOME ?? '/', path));

async function contentOf(call: Call, name: string, path: string): Promise<string> {
  if (!(await call.environment.files.exists(path))) throw new KubectlError(`could not stat ${name} file ${path}: stat ${path}: no such file or directory`);
  return call.environment.files.read(path);
}
