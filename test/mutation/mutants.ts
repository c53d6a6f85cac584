/** The small mistakes that could be made in a source file, and one program that contains them all, each behind a switch. */
import { parseAst } from 'vitest/node';

/** `start` to `end` of the text become `text`. */
export interface Mutant { start: number; end: number; text: string; within: { start: number; end: number; isStatement: boolean } }

interface Node { type: string; start: number; end: number; [key: string]: unknown }
type Place = Mutant['within'];

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='], '!==': ['==='], '<': ['<=', '>='], '>': ['>=', '<='], '<=': ['<', '>'], '>=': ['>', '<'],
  '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'], '&&': ['||'], '||': ['&&'], '+=': ['-='], '-=': ['+='], '++': ['--'], '--': ['++'],
};
const METHODS = new Map(Object.entries({
  some: 'every', every: 'some', min: 'max', max: 'min', floor: 'ceil', ceil: 'floor', round: 'floor', startsWith: 'endsWith', endsWith: 'startsWith', find: 'findLast', indexOf: 'lastIndexOf',
}));
/** Calls that give back much of what they are called on. */
const SIEVES = new Set(['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice', 'trim', 'concat', 'flat']);
/** Where no code stands: types, names of properties, paths of modules. */
const NOT_CODE = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'superTypeArguments', 'implements', 'source', 'attributes', 'decorators', 'quasi']);
const WRAPPERS = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);

/** In the order of the text; the same text gives the same list. */
export function mutantsOf(code: string): Mutant[] {
  const found: Mutant[] = [];
  const visit = (node: Node, chain: Place | undefined): void => {
    if (node.type.startsWith('TS') && !WRAPPERS.has(node.type)) return;
    const within = chain ?? (node.type === 'ChainExpression' ? placeOf(node) : undefined);
    found.push(...mistakesIn(node, code, within ?? placeOf(node)));
    for (const [key, value] of Object.entries(node)) {
      if (NOT_CODE.has(key) || (key === 'key' && node.computed !== true) || (key === 'property' && node.computed !== true)) continue;
      const isSpine = key === 'object' || key === 'callee' || key === 'expression';
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, isSpine && node.type !== 'ExpressionStatement' ? within : undefined);
    }
  };
  visit(parseAst(code, { lang: 'ts' }) as unknown as Node, undefined);
  return found.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

function mistakesIn(node: Node, code: string, within: Place): Mutant[] {
  const whole = (...texts: string[]) => texts.map((text) => ({ start: node.start, end: node.end, text, within }));
  const part = ({ start, end }: { start: number; end: number }, ...texts: string[]) => texts.map((text) => ({ start, end, text, within }));
  const textOf = (of: Node) => code.slice(of.start, of.end);
  switch (node.type) {
    case 'BinaryExpression': case 'LogicalExpression': case 'AssignmentExpression': {
      const [left, right] = [node.left as Node, node.right as Node];
      if (node.operator === '??') return [...whole(textOf(left)), ...whole(textOf(right))];
      if (node.operator === '+' && isText(left, right)) return [];
      return part({ start: left.end + code.slice(left.end, right.start).indexOf(node.operator as string), end: left.end + code.slice(left.end, right.start).indexOf(node.operator as string) + (node.operator as string).length }, ...(OPERATORS[node.operator as string] ?? []));
    }
    case 'UpdateExpression': return whole(textOf(node).replace(node.operator as string, OPERATORS[node.operator as string]![0]!));
    case 'UnaryExpression': return node.operator === '!' || node.operator === '-' ? whole(textOf(node.argument as Node)) : [];
    case 'ConditionalExpression': return part(node.test as Node, 'true', 'false');
    case 'IfStatement': case 'WhileStatement': {
      const test = node.test as Node;
      return (node.type === 'IfStatement' ? ['true', 'false'] : ['false']).map((text) => ({ start: test.start, end: test.end, text, within: placeOf(test) }));
    }
    case 'Literal': {
      if (typeof node.value === 'number') return whole(...new Set([`${node.value + 1}`, `${Math.max(0, node.value - 1)}`])).filter(({ text }) => Number(text) !== node.value);
      if (typeof node.value === 'string') return whole(node.value === '' ? "'?'" : "''");
      return typeof node.value === 'boolean' ? whole(`${!node.value}`) : [];
    }
    case 'TemplateLiteral': return whole('``');
    case 'ArrayExpression': return (node.elements as unknown[]).length > 0 ? whole('[]') : [];
    case 'MemberExpression': {
      if (node.optional !== true) return [];
      const [from, to] = [(node.object as Node).end, (node.property as Node).start]; // a bracket of the object's may be between
      return part({ start: from + code.slice(from, to).indexOf('?.'), end: to }, node.computed === true ? '[' : '.');
    }
    case 'CallExpression': {
      const callee = node.callee as Node;
      if (callee.type !== 'MemberExpression' || callee.computed === true) return [];
      const method = callee.property as Node;
      if (SIEVES.has(method.name as string)) return whole(textOf(callee.object as Node));
      const other = METHODS.get(method.name as string);
      return other ? part(method, other) : [];
    }
    case 'ExpressionStatement': return textOf(node).startsWith('super(') ? [] : whole('');
    case 'BreakStatement': case 'ContinueStatement': case 'ThrowStatement': return whole('');
    default: return [];
  }
}

const placeOf = ({ start, end, type }: Node): Place => ({ start, end, isStatement: type.endsWith('Statement') });
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;
const isText = (...nodes: Node[]): boolean => nodes.some((node) => node.type === 'TemplateLiteral' || typeof node.value === 'string');

/** The program with every mutant in it: `__mutant(N)` says whether the one numbered N is to act. */
export function withSwitches(code: string, mutants: readonly Mutant[], first: number): string {
  const places = new Map<string, { place: Place; ids: number[] }>();
  for (const [i, { within }] of mutants.entries()) {
    const key = `${within.start}-${within.end}`;
    const there = places.get(key) ?? { place: within, ids: [] };
    places.set(key, { place: within, ids: [...there.ids, i] });
  }
  const sorted = [...places.values()].toSorted((a, b) => a.place.start - b.place.start || b.place.end - a.place.end);
  let at = 0;
  const write = (start: number, end: number): string => {
    let text = '';
    let done = start;
    while (at < sorted.length && sorted[at]!.place.start < end) {
      const { place, ids } = sorted[at++]!;
      text += code.slice(done, place.start);
      const original = write(place.start, place.end);
      const changed = (i: number) => code.slice(place.start, mutants[i]!.start) + mutants[i]!.text + code.slice(mutants[i]!.end, place.end);
      if (place.isStatement) text += `{if(!__mutant(${first + ids[0]!})){${original}}}`;
      else text += `(${ids.map((i) => `__mutant(${first + i})?(${changed(i)}):`).join('')}(${original}))`;
      done = place.end;
    }
    return text + code.slice(done, end);
  };
  return write(0, code.length);
}
