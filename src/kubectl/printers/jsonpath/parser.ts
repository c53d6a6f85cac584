/** kubectl's dialect of JSONPath, read into nodes (k8s.io/client-go/util/jsonpath). */

export type PathNode =
  | { what: 'text'; text: string }
  | { what: 'field'; name: string }
  | { what: 'slice'; start?: number; end?: number; step?: number; isIndex: boolean }
  | { what: 'filter'; left: PathList; right: PathList; operator: string }
  | { what: 'union'; lists: PathList[] }
  | { what: 'wildcard' }
  | { what: 'recursive' }
  | { what: 'identifier'; name: string }
  | { what: 'value'; value: number | boolean }
  | { what: 'list'; list: PathList };
export type PathList = PathNode[];

/** A template that is no JSONPath, in client-go's words. */
export class JsonPathSyntaxError extends Error {}

const BLANK = /\s/;
const FIELD = /^(?:\\.|[^\s.{}[\]$@,\\])+/;

/** Reads a template: text with paths in braces. Throws JsonPathSyntaxError. */
export function parseJsonPath(template: string): PathList {
  return new Parser(template).template();
}

class Parser {
  #at = 0;
  constructor(readonly input: string) {}

  template(): PathList {
    const root: PathList = [];
    for (;;) {
      const open = this.input.indexOf('{', this.#at);
      const text = this.input.slice(this.#at, open < 0 ? undefined : open);
      if (text) root.push({ what: 'text', text });
      if (open < 0) return root;
      this.#at = open + 1;
      root.push({ what: 'list', list: this.#action('}') });
    }
  }

  /** The nodes up to the closing brace. */
  #action(close: string): PathList {
    const list: PathList = [];
    for (;;) {
      const c = this.input[this.#at];
      if (c === undefined || c === '\n') throw new JsonPathSyntaxError('unclosed action');
      if (c === close) { this.#at++; return list; }
      this.#node(list, c);
    }
  }

  #node(list: PathList, c: string): void {
    if (BLANK.test(c) || c === '@' || c === '$') this.#at++;
    else if (c === '[') list.push(this.#array());
    else if (c === '"' || c === "'") list.push({ what: 'text', text: this.#quoted(c) });
    else if (c === '.') this.#dotted(list);
    else if (/[+\-0-9]/.test(c)) list.push({ what: 'value', value: this.#number() });
    else if (/[A-Za-z]/.test(c)) list.push(this.#identifier());
    else throw new JsonPathSyntaxError(`unrecognized character in action: U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${c}'`);
  }

  #dotted(list: PathList): void {
    if (this.input[this.#at + 1] === '.') {
      this.#at += 2;
      list.push({ what: 'recursive' });
      const next = this.input[this.#at];
      if (next !== undefined && /[A-Za-z0-9_*]/.test(next)) this.#field(list);
      return;
    }
    this.#at++;
    this.#field(list);
  }

  #field(list: PathList): void {
    if (this.input[this.#at] === '*') {
      this.#at++;
      list.push({ what: 'wildcard' });
      return;
    }
    const raw = FIELD.exec(this.input.slice(this.#at))?.[0] ?? '';
    this.#at += raw.length;
    // A lone dot means the value itself.
    if (raw) list.push({ what: 'field', name: raw.replace(/\\(.)/g, '$1') });
  }

  #identifier(): PathNode {
    const name = /^[A-Za-z0-9_-]+/.exec(this.input.slice(this.#at))![0];
    this.#at += name.length;
    if (name === 'true' || name === 'false') return { what: 'value', value: name === 'true' };
    return { what: 'identifier', name };
  }

  #number(): number {
    const text = /^[+-]?[0-9.eE]*/.exec(this.input.slice(this.#at))![0];
    this.#at += text.length;
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw new JsonPathSyntaxError(`cannot parse number ${text}`);
    return value;
  }

  #quoted(quote: string): string {
    const start = this.#at;
    for (this.#at++; this.#at < this.input.length; this.#at++) {
      const c = this.input[this.#at];
      if (c === '\\') this.#at++;
      else if (c === quote) return unescaped(this.input.slice(start + 1, this.#at++));
    }
    throw new JsonPathSyntaxError('unterminated quoted string');
  }

  /** `[0]`, `[1:3]`, `[*]`, `['name']`, `[?(@.a==1)]`, `[a,b]`. */
  #array(): PathNode {
    this.#at++;
    if (this.input[this.#at] === '?') return this.#filter();
    const inside = this.#insideBrackets();
    const parts = splitOutsideQuotes(inside, ',');
    if (parts.length > 1) return { what: 'union', lists: parts.map((part) => [arrayNode(part.trim())]) };
    return arrayNode(inside.trim());
  }

  #insideBrackets(): string {
    const start = this.#at;
    let quote = '';
    for (; this.#at < this.input.length; this.#at++) {
      const c = this.input[this.#at]!;
      if (c === '\\') this.#at++;
      else if (quote) quote = c === quote ? '' : quote;
      else if (c === '"' || c === "'") quote = c;
      else if (c === ']') return this.input.slice(start, this.#at++);
    }
    throw new JsonPathSyntaxError('unterminated array');
  }

  #filter(): PathNode {
    this.#at++;
    if (this.input[this.#at] !== '(') throw new JsonPathSyntaxError('unterminated filter');
    const start = ++this.#at;
    let depth = 0, quote = '';
    for (; this.#at < this.input.length; this.#at++) {
      const c = this.input[this.#at]!;
      if (c === '\\') this.#at++;
      else if (quote) quote = c === quote ? '' : quote;
      else if (c === '"' || c === "'") quote = c;
      else if (c === '(') depth++;
      else if (c === ')' && depth-- === 0) break;
    }
    if (this.#at >= this.input.length) throw new JsonPathSyntaxError('unterminated filter');
    const text = this.input.slice(start, this.#at++);
    if (this.input[this.#at++] !== ']') throw new JsonPathSyntaxError('unclosed array expect ]');
    return filterNode(text);
  }

  /** All of the input as the inside of one action. */
  expression(): PathList {
    const list: PathList = [];
    for (let c = this.input[this.#at]; c !== undefined; c = this.input[this.#at]) this.#node(list, c);
    return list;
  }
}

function filterNode(text: string): PathNode {
  const operator = operatorIn(text);
  if (!operator) return { what: 'filter', left: new Parser(text).expression(), operator: 'exists', right: [] };
  const left = new Parser(text.slice(0, operator.at).trim()).expression();
  const right = new Parser(text.slice(operator.at + operator.sign.length).trim()).expression();
  return { what: 'filter', left, operator: operator.sign, right };
}

function operatorIn(text: string): { at: number; sign: string } | undefined {
  let quote = '', depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') i++;
    else if (quote) quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === '[' || c === '(') depth++;
    else if (c === ']' || c === ')') depth--;
    else if (depth === 0) {
      const sign = /^(==|!=|<=|>=|=|<|>)/.exec(text.slice(i))?.[0];
      if (sign) return { at: i, sign: sign === '=' ? '==' : sign };
    }
  }
  return undefined;
}

const SLICE = /^(-?[0-9]*)(:(-?[0-9]*)(:(-?[0-9]*))?)?$/;

function arrayNode(text: string): PathNode {
  if (text === '*') return { what: 'wildcard' };
  // A quoted key is read like a field, so its dots must be escaped: ['app\\.kubernetes\\.io/name'].
  if (/^'[^']*'$/.test(text)) return { what: 'list', list: new Parser(`.${text.slice(1, -1)}`).expression() };
  const match = SLICE.exec(text);
  if (!match || text === '') throw new JsonPathSyntaxError(`invalid array index ${text}`);
  const number = (part: string | undefined) => (part === undefined || part === '' ? undefined : Number(part));
  return { what: 'slice', start: number(match[1]), end: number(match[3]), step: number(match[5]), isIndex: match[2] === undefined };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let quote = '';
  for (const c of text) {
    if (quote) quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    if (c === separator && !quote) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'", '/': '/', b: '\b', f: '\f', a: '\x07', v: '\v' };

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))).replace(/\\(.)/gs, (whole, c: string) => ESCAPES[c] ?? whole);
}
