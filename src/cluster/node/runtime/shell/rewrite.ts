/** Adapts a script to virtual time: loops yield, background jobs and traps become commands, chance and clocks are ours. */
import type { Bash } from 'just-bash/browser';

export type Plugin = Parameters<Bash['registerTransformPlugin']>[0];
type Script = Parameters<Plugin['transform']>[0]['ast'];
type Statement = Script['statements'][number];
type Command = Statement['pipelines'][number]['commands'][number];
type SimpleCommand = Extract<Command, { type: 'SimpleCommand' }>;
type Word = SimpleCommand['args'][number];

/** Where a script's own output goes: writing there is passed on at once. */
export const STDOUT = '/dev/.stdout';
export const STDERR = '/dev/.stderr';

/** Names of the commands that rewritten scripts call; `commands.ts` provides them. */
export const internal = {
  tick: '__tick', background: '__background', wait: '__wait', replaced: '__replaced', random: '__random', seconds: '__seconds',
  epoch: '__epoch', answer: '__answer', pipedYes: '__yes',
} as const;

/** The variable that holds what a trapped signal still has to run. */
export const PENDING_TRAP = '__pending_trap';

const DEVICES: Readonly<Record<string, string>> = {
  '/dev/stdout': STDOUT, '/proc/1/fd/1': STDOUT, '/proc/self/fd/1': STDOUT, '/dev/fd/1': STDOUT,
  '/dev/stderr': STDERR, '/proc/1/fd/2': STDERR, '/proc/self/fd/2': STDERR, '/dev/fd/2': STDERR,
};
const VARIABLES: Readonly<Record<string, string>> = {
  RANDOM: internal.random, SRANDOM: internal.random, SECONDS: internal.seconds, EPOCHSECONDS: internal.epoch,
};
const LOOPS = ['While', 'Until', 'CStyleFor'];

/** What the shell learns from a script as it is rewritten. */
export interface ScriptFacts {
  /** One simple command only: a shell replaces itself with it, so that it gets the signals. */
  isSingleCommand: boolean;
}

/** A plugin for just-bash's parser; `learn` is told about each script. */
export function virtualTimePlugin(learn: (facts: ScriptFacts) => void): Plugin {
  return {
    name: 'virtual-time',
    transform({ ast }) {
      learn({ isSingleCommand: isSingleCommand(ast) });
      return { ast: rewrite(ast, usesTrap(ast)) };
    },
  };
}

function isSingleCommand({ statements }: Script): boolean {
  const [only, ...more] = statements;
  const [pipeline, ...pipelines] = only?.pipelines ?? [];
  return more.length === 0 && pipelines.length === 0 && pipeline?.commands.length === 1 && pipeline.commands[0]?.type === 'SimpleCommand' && !only?.background;
}

/** Any node of the tree; its fields are looked at one by one. */
type Tree = { type?: string; [field: string]: unknown };

function rewrite(ast: Script, trapped: boolean): Script {
  return walk(ast, trapped) as Script; // walk keeps each node's type
}

function walk(node: unknown, trapped: boolean): unknown {
  if (Array.isArray(node)) {
    const items = node.map((item) => walk(item, trapped));
    return trapped && items.some(isStatement) ? items.flatMap((item) => [item, ...runPendingTrap()]) : items;
  }
  if (typeof node !== 'object' || node === null) return node;
  const tree: Tree = {};
  for (const [field, value] of Object.entries(node)) tree[field] = walk(value, trapped);
  return rewriteNode(tree);
}

function rewriteNode(tree: Tree): unknown {
  if (tree.type === 'Statement' && tree.background === true && typeof tree.sourceText === 'string') {
    return statementOf(command(internal.background, tree.sourceText.replace(/&\s*$/, '')));
  }
  if (tree.type === 'SimpleCommand') return rewriteCommand(tree);
  if (tree.type === 'Pipeline') return rewritePipeline(tree);
  if (tree.type === 'Redirection') return rewriteRedirection(tree);
  if (tree.type === 'ParameterExpansion' && tree.operation === null && typeof tree.parameter === 'string') return substitution(tree.parameter) ?? tree;
  if (tree.type === 'ArithVariable' && typeof tree.name === 'string' && VARIABLES[tree.name]) return { type: 'ArithCommandSubst', command: VARIABLES[tree.name] };
  if (LOOPS.includes(tree.type ?? '') && Array.isArray(tree.body)) return { ...tree, body: [statementOf(command(internal.tick)), ...tree.body] };
  return tree;
}

/** `exec program` becomes the program and an exit; `wait` becomes ours. */
function rewriteCommand(tree: Tree): unknown {
  const name = literalOf(tree.name);
  if (name === 'wait') return { ...tree, name: word(internal.wait) };
  if (name !== 'exec' || !Array.isArray(tree.args) || tree.args.length === 0) return tree;
  const [program, ...args] = tree.args;
  const run = { ...tree, name: program, args };
  return { type: 'Group', body: [statementOf(command(internal.replaced)), statementOf(run), statementOf({ ...command('exit'), args: [lastStatus()] })], redirections: [] };
}

function rewritePipeline(tree: Tree): Tree {
  if (!Array.isArray(tree.commands) || tree.commands.length < 2) return tree;
  const commands = tree.commands.map((each: Tree) => (literalOf(each.name) === 'yes' ? { ...each, name: word(internal.pipedYes) } : each));
  return { ...tree, commands };
}

function rewriteRedirection(tree: Tree): Tree {
  const device = DEVICES[literalOf(tree.target) ?? ''];
  return device ? { ...tree, target: word(device) } : tree;
}

function substitution(parameter: string): unknown {
  const name = VARIABLES[parameter];
  return name && { type: 'CommandSubstitution', body: { type: 'Script', statements: [statementOf(command(name))] }, legacy: false };
}

/** Runs what a signal left behind, and restores `$?`. */
function runPendingTrap(): unknown[] {
  const keep = { type: 'SimpleCommand', name: null, args: [], redirections: [], assignments: [{ type: 'Assignment', name: '__status', value: lastStatus(), append: false, array: null }] };
  const run = { ...command('eval'), args: [expansion(PENDING_TRAP)] };
  const restore = { ...command(internal.answer), args: [expansion('__status')] };
  return [statementOf(keep), statementOf(run), statementOf(restore)];
}

function usesTrap(ast: Script): boolean {
  return /"value":"trap"/.test(JSON.stringify(ast));
}

function isStatement(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'Statement';
}

function statementOf(single: unknown): Tree {
  return { type: 'Statement', pipelines: [{ type: 'Pipeline', commands: [single], negated: false }], operators: [], background: false };
}

function command(name: string, ...args: string[]): Tree {
  return { type: 'SimpleCommand', name: word(name), args: args.map((value) => ({ type: 'Word', parts: [{ type: 'SingleQuoted', value }] })), assignments: [], redirections: [] };
}

function word(value: string): Word {
  return { type: 'Word', parts: [{ type: 'Literal', value }] };
}

function expansion(parameter: string): Tree {
  return { type: 'Word', parts: [{ type: 'DoubleQuoted', parts: [{ type: 'ParameterExpansion', parameter, operation: null }] }] };
}

function lastStatus(): Tree {
  return expansion('?');
}

/** The text of a word without expansions. */
function literalOf(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null || !('parts' in node) || !Array.isArray(node.parts) || node.parts.length !== 1) return undefined;
  const part: Tree = node.parts[0];
  return part.type === 'Literal' && typeof part.value === 'string' ? part.value : undefined;
}
