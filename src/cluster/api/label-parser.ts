/** The grammar of label selectors: `a=b,c!=d,e in (x,y),!f,g`, with the errors of apimachinery's parser. */
import { aggregate, canonicalSelector, newRequirement, type Operator, type Requirement } from './label-requirement.ts';
import { labelKeyErrors } from './names.ts';

/** A selector that cannot be parsed; the message is the API server's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

type TokenKind = 'identifier' | 'operator' | '!' | '(' | ')' | ',' | 'end';
interface Token { kind: TokenKind; text: string }

const SYMBOLS = ['=', '==', '!=', '!', '(', ')', ',', '>', '<'];
const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** Parses a selector; an empty text selects everything. Throws SelectorError. */
export function parseSelector(text: string): Requirement[] {
  const tokens = new Tokens(tokenize(text));
  const requirements: Requirement[] = [];
  while (tokens.peek().kind !== 'end') {
    const { kind, text: found } = tokens.peek();
    if (kind !== 'identifier' && kind !== '!') throw new SelectorError(`found '${found}', expected: !, identifier, or 'end of string'`);
    requirements.push(parseRequirement(tokens));
    endRequirement(tokens);
  }
  return canonicalSelector(requirements);
}

function endRequirement(tokens: Tokens): void {
  const after = tokens.next();
  if (after.kind === 'end') return;
  if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
  const { kind, text } = tokens.peek();
  if (kind !== 'identifier' && kind !== '!') throw new SelectorError(`found '${text}', expected: identifier after ','`);
}

function parseRequirement(tokens: Tokens): Requirement {
  const negated = tokens.peek().kind === '!';
  if (negated) tokens.next();
  const key = tokens.next();
  if (key.kind !== 'identifier') fail(`found '${key.text}', expected: identifier`);
  const wrongKey = labelKeyErrors(key.text).map((message) => `key: Invalid value: ${JSON.stringify(key.text)}: ${message}`);
  if (wrongKey.length > 0) fail(aggregate(wrongKey));
  if (negated) return checked(key.text, '!', []);
  const next = tokens.peek().kind;
  if (next === 'end' || next === ',') return checked(key.text, 'exists', []);
  const operator = parseOperator(tokens);
  const values = operator === 'in' || operator === 'notin' ? parseValues(tokens) : [parseExactValue(tokens)];
  return checked(key.text, operator, values);
}

function checked(key: string, operator: Operator, values: readonly string[]): Requirement {
  const requirement = newRequirement(key, operator, values);
  return typeof requirement === 'string' ? fail(requirement) : requirement;
}

function parseOperator(tokens: Tokens): Operator {
  const { kind, text } = tokens.next();
  if (kind === 'identifier' && (text === 'in' || text === 'notin')) return text;
  if (kind === 'operator') {
    switch (text) {
      case '=': case '==': case '!=': return text;
      case '>': return 'gt';
      case '<': return 'lt';
    }
  }
  return fail(`found '${text}', expected: ${BINARY_OPERATORS}`);
}

function parseExactValue(tokens: Tokens): string {
  const { kind, text } = tokens.peek();
  if (kind === 'end' || kind === ',') return '';
  tokens.next();
  return kind === 'identifier' ? text : fail(`found '${text}', expected: identifier`);
}

function parseValues(tokens: Tokens): string[] {
  const open = tokens.next();
  if (open.kind !== '(') fail(`found '${open.text}' expected: '('`);
  const first = tokens.peek();
  if (first.kind === ')') {
    tokens.next();
    return [];
  }
  if (first.kind !== 'identifier' && first.kind !== ',') fail(`found '${first.text}', expected: ',', ')' or identifier`);
  const values = parseIdentifiers(tokens);
  tokens.next();
  return [...values].sort();
}

/** Reads up to the closing parenthesis, which stays; an empty place between commas is the empty value. */
function parseIdentifiers(tokens: Tokens): Set<string> {
  const values = new Set<string>();
  for (;;) {
    const token = tokens.next();
    if (token.kind === 'identifier') {
      values.add(token.text);
      const { kind, text } = tokens.peek();
      if (kind === ')') return values;
      if (kind !== ',') fail(`found '${text}', expected: ',' or ')'`);
    } else if (token.kind === ',') {
      if (values.size === 0) values.add('');
      const { kind } = tokens.peek();
      if (kind === ')') return values.add('');
      if (kind === ',') {
        tokens.next();
        values.add('');
      }
    } else fail(`found '${token.text}', expected: ',', or identifier`);
  }
}

function fail(reason: string): never {
  throw new SelectorError(`unable to parse requirement: ${reason}`);
}

class Tokens {
  private at = 0;
  constructor(private readonly tokens: readonly Token[]) {}
  peek(): Token { return this.tokens[this.at] ?? { kind: 'end', text: '' }; }
  next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }
}

/** Splits into symbols (the longest that fits) and words; blanks separate. */
function tokenize(text: string): Token[] {
  return [...text.matchAll(/[=!(),><]+|[^\s=!(),><]+/g)].flatMap(([run]) =>
    (/^[=!(),><]/.test(run) ? splitSymbols(run) : [{ kind: 'identifier' as const, text: run }]));
}

function splitSymbols(run: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < run.length;) {
    const two = run.slice(at, at + 2);
    const symbol = SYMBOLS.includes(two) && two.length === 2 ? two : run.slice(at, at + 1);
    tokens.push({ kind: kindOfSymbol(symbol), text: symbol });
    at += symbol.length;
  }
  return tokens;
}

function kindOfSymbol(symbol: string): TokenKind {
  switch (symbol) {
    case '!': case '(': case ')': case ',': return symbol;
    default: return 'operator';
  }
}
