import { describe, expect, it } from 'vitest';
import { Flags, flagSpec, parseFlags, splitCsv } from '../../src/kubectl/flags.ts';
import { allFlags, commandPaths, ownFlags } from '../../src/kubectl/surface.ts';

function parsed(path: string, line: string) {
  const flags = new Flags(allFlags(path));
  return { ...parseFlags(line.split(' '), flags), flags };
}

describe('flags', () => {
  it('stand anywhere and take values in all of pflag\'s forms', () => {
    for (const line of ['pods -n shop', 'pods -nshop', '-n=shop pods', '--namespace shop pods', 'pods --namespace=shop']) {
      const { args, flags } = parsed('get', line);
      expect([args, flags.string('namespace')]).toEqual([['pods'], 'shop']);
    }
  });

  it('bundle short letters, and stop at --', () => {
    const { args, dash, flags } = parsed('exec', '-it web -- ls -l');
    expect([flags.bool('stdin'), flags.bool('tty'), args, dash]).toEqual([true, true, ['web', 'ls', '-l'], 1]);
  });

  it.each([
    ['get', '--nosuch', 'unknown flag: --nosuch'],
    ['get', '-Z', "unknown shorthand flag: 'Z' in -Z"],
    ['get', '-n', "flag needs an argument: 'n' in -n"],
    ['scale', '--replicas=x', 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    ['get', '--watch=maybe', 'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ])('of %s refuse %s', (path, line, message) => {
    expect(() => parsed(path, line)).toThrow(message);
  });

  it('split lists at commas outside of quotes', () => {
    expect(splitCsv('a,"b,c",d')).toEqual(['a', 'b,c', 'd']);
  });

  it('are written in a notation that holds for every command', () => {
    for (const path of commandPaths) for (const spec of ownFlags(path)) expect(spec.name, path).toMatch(/^[a-z0-9-]+$/);
    expect(flagSpec('o/output:string=yaml')).toEqual({ name: 'output', short: 'o', type: 'string', default: 'yaml' });
  });
});
