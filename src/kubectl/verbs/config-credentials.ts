/** kubectl config set-credentials: a user's token, password, certificate or plugin. */
import type { Call, Verb } from '../command.ts';
import { HelpError, KubectlError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { type Dict, isDict } from '../objects.ts';
import { given, putEntry, withFiles } from './config-files.ts';
import { present } from './create/generator.ts';

export const setCredentials: Verb = {
  path: 'config set-credentials', about: 'Set a user entry in kubeconfig',
  async run(call) {
    const { args: [name, ...more] } = call;
    if (name === undefined || more.length > 0) throw new HelpError(`unexpected args: [${call.args.join(' ')}]`);
    const mode = call.flags.string('exec-interactive-mode');
    if (mode && !['IfAvailable', 'Never', 'Always'].includes(mode)) throw new HelpError('invalid interactive mode type, can be only IfAvailable, Never, Always');
    const pairs = { env: keyValues(call, 'exec-env'), arguments: keyValues(call, 'auth-provider-arg') };
    if (call.flags.string('token') && (call.flags.string('username') || call.flags.string('password'))) throw new KubectlError('you cannot specify more than one authentication method at the same time: --token, --username/--password');
    const files = await withFiles(call, {}, ['client-certificate', 'client-key']);
    await putEntry(call, 'users', name, (before) => ({ ...given(call, withoutOther(call, before), ['token', 'username', 'password']), ...files, ...plugins(call, before, pairs) }));
    call.out(`User "${name}" set.\n`);
  },
};

/** A user has a token or a password: what is set takes the other away. */
function withoutOther({ flags }: Call, before: Dict): Dict {
  const { token: _token, tokenFile: _file, username: _name, password: _password, ...bare } = before;
  if (flags.string('token')) return bare;
  if (!flags.string('username') && !flags.string('password')) return before;
  return { ...bare, ...present('username', _name), ...present('password', _password) };
}

interface KeyValues { set: (readonly [key: string, value: string])[]; gone: string[] }

/** `key=value` sets and `key-` takes away. Throws HelpError for anything else. */
function keyValues({ flags }: Call, name: string): KeyValues {
  const result: KeyValues = { set: [], gone: [] };
  for (const text of flags.list(name)) {
    const at = text.indexOf('=');
    if (at > 0) result.set.push([text.slice(0, at), text.slice(at + 1)]);
    else if (text.endsWith('-')) result.gone.push(text.slice(0, -1));
    else throw new HelpError(`invalid ${name} format: ${text}`);
  }
  return result;
}

/** The exec and auth-provider entries of a user, as its flags change them. */
function plugins({ flags }: Call, before: Dict, pairs: { env: KeyValues; arguments: KeyValues }): Dict {
  const { exec, 'auth-provider': provider } = before;
  const command = flags.string('exec-command');
  const kind = flags.string('auth-provider');
  return {
    ...(command || isDict(exec) ? { exec: execEntry(flags, { args: null, env: null, interactiveMode: 'IfAvailable', provideClusterInfo: false, ...(isDict(exec) ? exec : {}), ...present('command', command) }, pairs.env) } : {}),
    ...(kind || isDict(provider) ? { 'auth-provider': providerEntry(isDict(provider) && (!kind || provider.name === kind) ? provider : { config: null, name: kind }, pairs.arguments) } : {}),
  };
}

function execEntry(flags: Flags, before: Dict, { set, gone }: KeyValues): Dict {
  const env = new Map((Array.isArray(before.env) ? before.env : []).filter(isDict).map(({ name, value }) => [String(name), value]));
  for (const [name, value] of set) env.set(name, value);
  for (const name of gone) env.delete(name);
  return {
    ...before, ...present('apiVersion', flags.string('exec-api-version')), ...present('interactiveMode', flags.string('exec-interactive-mode')),
    ...(flags.changed('exec-provide-cluster-info') ? { provideClusterInfo: flags.bool('exec-provide-cluster-info') } : {}),
    ...(flags.changed('exec-arg') ? { args: flags.list('exec-arg') } : {}),
    ...(flags.changed('exec-env') ? { env: [...env].map(([name, value]) => ({ name, value })) } : {}),
  };
}

function providerEntry(before: Dict, { set, gone }: KeyValues): Dict {
  if (set.length + gone.length === 0) return before;
  const config = Object.entries({ ...(isDict(before.config) ? before.config : {}), ...Object.fromEntries(set) });
  return { ...before, config: Object.fromEntries(config.filter(([key]) => !gone.includes(key))) };
}
