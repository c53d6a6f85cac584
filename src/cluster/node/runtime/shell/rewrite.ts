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
  epoch: '__epoch', answer: '__answer', pipedYes: '__yes', capture: '__capture', release: '__release',
  open: '__open', close: '__close', startTime: '__start_time', stopTime: '__stop_time',
} as const;

/** The variable behind `$!`. */
export const LAST_JOB = '__last_job';

/** The variable that holds what a trapped signal still has to run. */
export const PENDING_TRAP = '__pending_trap';

const DEVICES: Readonly<Record<string, string>> = {
  '/dev/stdout': STDOUT, '/proc/1/fd/1': STDOUT, '/proc/self/fd/1': STDOUT, '/dev/fd/1': STDOUT,
  '/dev/stderr': STDERR, '/proc/1/fd/2': STDERR, '/proc/self/fd/2': STDERR, '/dev/fd/2': STDERR,
};
const VARIABLES: Readonly<Record<string, string>> = {
  RANDOM: internal.random, SRANDOM: internal.random, SECONDS: internal.seconds, EPOCHSECONDS: internal.epoch,
};

/** What the shell learns from a script as it is rewritten. */
export interface ScriptFacts {
  /** One simple command only: a shell replaces itself with it, so that it gets the signals. */
  isSingleCommand: boolean;
}

/** Set for a command both of whose streams end in the same place: it writes all to its standard output, in order. */
export const MERGED = '__merged';

/** A plugin for just-bash's parser; `learn` is told about each script. Commands named in `merging` know of MERGED; `$$` of a shell within the shell is `innerPid`. */
export function virtualTimePlugin(learn: (facts: ScriptFacts) => void, merging: readonly string[] = [], innerPid: () => number | undefined = () => undefined): Plugin {
  const functions = new Set<string>();
  return {
    name: 'virtual-time',
    transform({ ast }) {
      learn({ isSingleCommand: isSingleCommand(ast) });
      for (const [, name] of JSON.stringify(ast).matchAll(/"type":"FunctionDef","name":"([^"]+)"/g)) functions.add(name!);
      return { ast: walk(ast, { trapped: usesTrap(ast), mayExit: true, merging, functions, pid: innerPid() }) as Script }; // walk keeps each node's type
    },
  };
}

function isSingleCommand({ statements }: Script): boolean {
  const [only, ...more] = statements.filter((statement) => !isPreparation(statement));
  const [pipeline, ...pipelines] = only?.pipelines ?? [];
  return more.length === 0 && pipelines.length === 0 && pipeline?.commands.length === 1 && pipeline.commands[0]?.type === 'SimpleCommand' && !only?.background;
}

/** What a shell does to itself before it begins: `set -e`, a bare `exec` with redirections. */
function isPreparation({ pipelines }: Statement): boolean {
  const [command] = pipelines[0]?.commands ?? [];
  if (command?.type !== 'SimpleCommand') return false;
  const name = literalOf(command.name);
  return name === 'set' || (name === 'exec' && command.args.length === 0);
}

/** Any node of the tree; its fields are looked at one by one. */
type Tree = { type?: string; [field: string]: unknown };

/** What surrounds a node: whether traps must be looked after, whether `exit` there ends more than a subshell, who knows of MERGED, and which commands are the script's functions. */
interface Around { trapped: boolean; mayExit: boolean; merging: readonly string[]; functions: ReadonlySet<string>; pid: number | undefined }

function walk(node: unknown, around: Around): unknown {
  if (Array.isArray(node)) {
    const items = node.map((item) => walk(item, around));
    return around.trapped && items.some(isStatement) ? items.flatMap((item) => [item, ...runPendingTrap()]) : items;
  }
  if (typeof node !== 'object' || node === null) return node;
  const tree: Tree = {};
  const within = 'type' in node && node.type === 'Subshell' ? { ...around, mayExit: false } : around;
  for (const [field, value] of Object.entries(node)) tree[field] = walk(value, within);
  return guarded(rewriteNode(tree, around), around.functions);
}

function rewriteNode(tree: Tree, { mayExit, merging, pid }: Around): unknown {
  switch (tree.type) {
    case 'Statement': return rewriteStatement(tree);
    case 'SimpleCommand': return rewriteCommand(merging.includes(literalOf(tree.name) ?? '') && hasOneOutlet(tree.redirections) ? told(tree) : tree, mayExit);
    case 'Pipeline': return rewritePipeline(tree);
    case 'Redirection': return rewriteRedirection(tree);
    case 'ParameterExpansion': return tree.parameter === '$' && pid !== undefined ? { type: 'Literal', value: String(pid) } : rewriteParameter(tree);
    case 'CommandSubstitution': case 'ProcessSubstitution': return { ...tree, body: captured(tree.body) };
    case 'ArithCommandSubst': return { ...tree, command: `${internal.capture}\n${String(tree.command)}\n${internal.release}` };
    case 'ArithVariable': {
      const name = VARIABLES[String(tree.name)];
      return name ? { type: 'ArithCommandSubst', command: `${internal.capture}\n${name}\n${internal.release}` } : tree;
    }
    case 'While': case 'Until': case 'CStyleFor': return Array.isArray(tree.body) ? { ...tree, body: [statementOf(command(internal.tick)), ...tree.body] } : tree;
    default: return tree;
  }
}

function rewriteStatement(tree: Tree): Tree {
  if (tree.background !== true || typeof tree.sourceText !== 'string') return tree;
  return statementOf(command(internal.background, tree.sourceText.replace(/&\s*$/, '')));
}

function rewriteParameter(tree: Tree): unknown {
  if (tree.operation !== null) return tree;
  if (tree.parameter === '!') return { ...tree, parameter: LAST_JOB };
  const name = VARIABLES[String(tree.parameter)];
  return name ? { type: 'CommandSubstitution', body: captured({ type: 'Script', statements: [statementOf(command(name))] }), legacy: false } : tree;
}

/** What a substitution prints must reach the substitution, although the script's own output is redirected. */
function captured(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('statements' in body) || !Array.isArray(body.statements)) return body;
  if (body.statements.length === 1 && readsFileOnly(body.statements[0])) return body;
  return { ...body, statements: [statementOf(command(internal.capture)), ...body.statements, statementOf(command(internal.release))] };
}

/** `$(<file)` */
function readsFileOnly(statement: unknown): boolean {
  return JSON.stringify(statement).includes('"type":"SimpleCommand","name":null,"args":[],"assignments":[],"redirections":[{');
}

/** Whether `2>&1`, perhaps after a file for both, sends both streams to one place. */
function hasOneOutlet(redirections: unknown): boolean {
  let [out, error] = ['1', '2'];
  for (const each of (Array.isArray(redirections) ? redirections : []) as Tree[]) {
    const target = literalOf(each.target) ?? JSON.stringify(each.target);
    if (each.operator === '&>' || each.operator === '&>>') out = error = target;
    else if (!['>', '>>', '>|', '>&'].includes(String(each.operator))) continue;
    else if (each.fd === 2) error = each.operator === '>&' && target === '1' ? out : target;
    else out = each.operator === '>&' && target === '2' ? error : target;
  }
  return out === error;
}

function told(tree: Tree): Tree {
  const assignments: unknown[] = Array.isArray(tree.assignments) ? tree.assignments : [];
  return { ...tree, assignments: [...assignments, { type: 'Assignment', name: MERGED, value: word('1'), append: false, array: null }] };
}

/** `exec program` becomes the program and an exit; `wait` becomes ours. */
function rewriteCommand(tree: Tree, mayExit: boolean): unknown {
  const name = literalOf(tree.name);
  if (name === 'wait') return { ...tree, name: word(internal.wait) };
  if (name === 'exit' && mayExit) return group(statementOf(command(internal.release)), statementOf(tree));
  if (name !== 'exec' || !Array.isArray(tree.args) || tree.args.length === 0) return tree;
  const [program, ...args] = tree.args;
  const run = { ...tree, name: program, args };
  return group(statementOf(command(internal.replaced)), statementOf(run), statementOf({ ...command('exit'), args: [lastStatus()] }));
}

/**
 * While a pipe is filled the script's redirected output is put aside, or its stages would print past the pipe;
 * the last stage takes it up again.
 */
function rewritePipeline(tree: Tree): Tree {
  return tree.timed === true ? timedPipeline(tree) : piped(tree);
}

/** `time` measures the cluster's time. */
function timedPipeline(tree: Tree): Tree {
  const measured = { ...statementOf(undefined), pipelines: [piped({ ...tree, timed: false, negated: false })] };
  return { ...tree, timed: false, commands: [group(statementOf(command(internal.startTime)), measured, statementOf(command(internal.stopTime, tree.timePosix === true ? '-p' : '')))] };
}

function piped(tree: Tree): Tree {
  if (!Array.isArray(tree.commands) || tree.commands.length < 2) return tree;
  const stages = tree.commands.map(withHereStrings).map((each: Tree) => (literalOf(each.name) === 'yes' ? { ...each, name: word(internal.pipedYes) } : each));
  const last = group(statementOf(command(internal.release)), statementOf(stages.at(-1)));
  const pipeline = { ...tree, commands: [...stages.slice(0, -1), last], negated: false };
  return { ...tree, commands: [group(statementOf(command(internal.capture)), { ...statementOf(undefined), pipelines: [pipeline] })] };
}

/** A here-document's text cannot follow a line that ends within a group: it is given as a string on the line. */
function withHereStrings(tree: Tree): Tree {
  if (!Array.isArray(tree.redirections)) return tree;
  return { ...tree, redirections: tree.redirections.map((each: Tree) => hereString(each)) };
}

function hereString(redirection: Tree): Tree {
  const { type, content } = (redirection.target ?? {}) as Tree;
  const parts = ((content as Tree | undefined)?.parts ?? []) as Tree[];
  const last = parts.at(-1);
  if (type !== 'HereDoc' || typeof last?.value !== 'string' || !last.value.endsWith('\n')) return redirection;
  return { ...redirection, operator: '<<<', target: { type: 'Word', parts: [{ type: 'DoubleQuoted', parts: [...parts.slice(0, -1), { ...last, value: last.value.slice(0, -1) }] }] } };
}

function group(...body: Tree[]): Tree {
  return { type: 'Group', body, redirections: [] };
}

const INTO_FILES = ['>', '>>', '>|', '&>', '&>>'];
const COMPOUNDS = ['For', 'CStyleFor', 'While', 'Until', 'If', 'Case', 'Group', 'Subshell'];

/**
 * A command whose output goes into a file runs only if the file can be opened, and fails if not all of it was written.
 * Left alone: targets with side effects, and commands that look at `$?`, which the check would change.
 */
function guarded(node: unknown, functions: ReadonlySet<string>): unknown {
  if (typeof node !== 'object' || node === null || !('redirections' in node) || !Array.isArray(node.redirections) || !('type' in node) || node.type === 'FunctionDef') return node;
  if (node.type === 'SimpleCommand' && 'name' in node && literalOf(node.name) === 'exec') return node;
  const targets = node.redirections.filter(({ operator }: Tree) => INTO_FILES.includes(String(operator))).map(({ target }: Tree) => target);
  const operators = node.redirections.map(({ operator }: Tree) => String(operator));
  // `2>&1 >FILE` leads errors to where output went before: a pipe has no name for that.
  const isRedirected = operators.some((each) => INTO_FILES.includes(each) || each === '>&') && !(operators[0] === '>&' && INTO_FILES.includes(operators.at(-1)!));
  const run = isRedirected && (COMPOUNDS.includes(String(node.type)) || callsOne(functions, node)) ? redirected({ ...node, type: String(node.type) }, node.redirections) : node;
  const [target, ...more] = targets.filter((each) => !(literalOf(each) ?? '').startsWith('/dev/'));
  if (!target || more.length > 0 || /"type":"(CommandSubstitution|ProcessSubstitution|ArithmeticExpansion)"/.test(JSON.stringify(target)) || JSON.stringify(node).includes('"parameter":"?"')) return run;
  const open = statementOf({ ...command(internal.open), args: [target] });
  return { type: 'If', clauses: [{ condition: [open], body: [statementOf(run), statementOf(command(internal.close))] }], elseBody: [statementOf(command(internal.answer, '1'))], redirections: [] };
}

/** Whether it calls a function, whose commands print for themselves as a loop's do. Not where `$?` is an argument. */
function callsOne(functions: ReadonlySet<string>, node: object): boolean {
  return 'name' in node && functions.has(literalOf(node.name) ?? '') && !JSON.stringify(node).includes('"parameter":"?"');
}

/** What a loop, group or function prints goes into its file at once: as long as it runs, that is the script's output. */
function redirected(tree: Tree, redirections: Tree[]): Tree {
  const isInput = ({ operator }: Tree) => String(operator).startsWith('<');
  const redirect = { ...command('exec'), redirections: redirections.filter((each) => !isInput(each)) };
  return group(statementOf(command(internal.capture, 'keep')), statementOf(redirect), statementOf({ ...tree, redirections: redirections.filter(isInput) }), statementOf(command(internal.release)));
}

function rewriteRedirection(tree: Tree): Tree {
  const device = DEVICES[literalOf(tree.target) ?? ''];
  return device ? { ...tree, target: word(device) } : tree;
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
