/** Go's text/template, read into nodes: what `-o go-template` needs of it. */

/** Where something stands in the template, and how it reads. */
export interface Place { at: number; source: string }
export type Argument = Place & (
  | { what: 'literal'; value: unknown }
  | { what: 'field'; path: string[] }
  | { what: 'variable'; name: string; path: string[] }
  | { what: 'call'; name: string }
  | { what: 'pipeline'; pipeline: Pipeline; path: string[] });
/** Commands joined by `|`; each is a function or value with its arguments. */
export interface Pipeline { commands: Argument[][]; assign?: { names: string[]; isNew: boolean } }
export type TemplateNode =
  | { what: 'text'; text: string }
  | { what: 'print'; pipeline: Pipeline }
  | { what: 'if' | 'with' | 'range'; pipeline: Pipeline; body: TemplateNode[]; otherwise: TemplateNode[] }
  | { what: 'define'; name: string; body: TemplateNode[] }
  | Place & { what: 'template'; name: string; pipeline: Pipeline }
  | { what: 'break' | 'continue' };

/** A template that cannot be read. */
export class TemplateSyntaxError extends Error {}

type Token = { text: string; what: 'word' | 'literal' | 'sign'; spaceBefore: boolean; at: number };

/** Throws TemplateSyntaxError. */
export function parseTemplate(template: string): TemplateNode[] {
  const pieces = piecesOf(template);
  const { nodes, ending } = parseBlock(pieces);
  if (ending) throw new TemplateSyntaxError(`unexpected {{${ending}}}`);
  return nodes;
}

type Piece = { text: string } | { action: string; at: number };

function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = template, trimNext = false;
  for (;;) {
    const open = rest.indexOf('{{');
    let text = open < 0 ? rest : rest.slice(0, open);
    if (trimNext) text = text.trimStart();
    if (open < 0) { pieces.push({ text }); return pieces; }
    const close = rest.indexOf('}}', open);
    if (close < 0) throw new TemplateSyntaxError('unclosed action');
    let action = rest.slice(open + 2, close);
    if (/^-\s/.test(action)) { text = text.trimEnd(); action = ` ${action.slice(1)}`; }
    trimNext = /\s-$/.test(action);
    if (trimNext) action = action.slice(0, -1);
    pieces.push({ text });
    const at = template.length - rest.length + open + 2 + action.search(/\S|$/);
    if (!/^\s*\/\*/.test(action)) pieces.push({ action: action.trim(), at });
    rest = rest.slice(close + 2);
  }
}

/** Nodes up to `end`, `else` or the template's end; takes the pieces off the list. */
function parseBlock(pieces: Piece[]): { nodes: TemplateNode[]; ending?: string } {
  const nodes: TemplateNode[] = [];
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    if ('text' in piece) {
      if (piece.text) nodes.push({ what: 'text', text: piece.text });
      continue;
    }
    const [, keyword = '', rest = ''] = /^(\w+)\b\s*(.*)$/s.exec(piece.action) ?? [];
    const words = () => tokens(rest, piece.at + piece.action.length - rest.length);
    if (keyword === 'end' || keyword === 'else') return { nodes, ending: piece.action };
    if (keyword === 'break' || keyword === 'continue') nodes.push({ what: keyword });
    else if (keyword === 'define' || keyword === 'template' || keyword === 'block') nodes.push(...parseNamed(keyword, words(), pieces));
    else if (keyword === 'if' || keyword === 'with' || keyword === 'range') nodes.push(parseBranch(keyword, words(), pieces));
    else nodes.push({ what: 'print', pipeline: parsePipeline(tokens(piece.action, piece.at)) });
  }
  return { nodes };
}

/** `define`, `template`, and `block`, which is both. */
function parseNamed(keyword: 'define' | 'template' | 'block', [first, ...words]: Token[], pieces: Piece[]): TemplateNode[] {
  if (first?.what !== 'literal') throw new TemplateSyntaxError(`unexpected ${JSON.stringify(first?.text ?? '}}')} in ${keyword} clause`);
  const name = String(literalValue(first.text));
  const body = keyword === 'template' ? undefined : parseBlock(pieces);
  if (body && body.ending !== 'end') throw new TemplateSyntaxError('unexpected EOF');
  return [
    ...(body ? [{ what: 'define' as const, name, body: body.nodes }] : []),
    ...(keyword === 'define' ? [] : [{ what: 'template' as const, name, pipeline: words.length > 0 ? parsePipeline([...words]) : { commands: [] }, at: first.at, source: `{{template ${sourceOf([first, ...words])}}}` }]),
  ];
}

function parseBranch(what: 'if' | 'with' | 'range', condition: Token[], pieces: Piece[]): TemplateNode {
  const pipeline = parsePipeline(condition, { of: what });
  const { nodes: body, ending } = parseBlock(pieces);
  if (!ending) throw new TemplateSyntaxError('unexpected EOF');
  const elseIf = /^else\s+(if|with)\s+(.*)$/s.exec(ending);
  if (elseIf) return { what, pipeline, body, otherwise: [parseBranch(elseIf[1] as 'if' | 'with', tokens(elseIf[2]!, 0), pieces)] };
  if (!ending.startsWith('else')) return { what, pipeline, body, otherwise: [] };
  const { nodes: otherwise, ending: last } = parseBlock(pieces);
  if (last !== 'end') throw new TemplateSyntaxError('unexpected EOF');
  return { what, pipeline, body, otherwise };
}

const TOKEN = /^("(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])+'|:=|[()|,=]|[+-]?\d+(?:\.\d+)?|\$?[\w$]*(?:\.[\w-]+)+|\$[\w]*|\.|\w+)/;

function tokens(text: string, offset: number): Token[] {
  const list: Token[] = [];
  let rest = text;
  while (rest !== '') {
    const spaceBefore = /^\s/.test(rest);
    rest = rest.trimStart();
    if (rest === '') break;
    const token = TOKEN.exec(rest)?.[0];
    if (!token) throw new TemplateSyntaxError(`unexpected ${JSON.stringify(rest[0])} in operand`);
    list.push({ text: token, what: /^["`'\d+-]/.test(token) ? 'literal' : /^(:=|[()|,=])$/.test(token) ? 'sign' : 'word', spaceBefore, at: offset + text.length - rest.length });
    rest = rest.slice(token.length);
  }
  return list;
}

/** Tokens as Go writes them: a space between words. */
function sourceOf(list: readonly Token[]): string {
  return list.map(({ text }, i) => (i > 0 && text !== ')' && list[i - 1]!.text !== '(' && !(list[i - 1]!.text === ')' && text.startsWith('.')) ? ` ${text}` : text)).join('');
}

function parsePipeline(list: Token[], { untilParenthesis = false, of = 'command' } = {}): Pipeline {
  const assign = parseAssignment(list);
  const commands: Argument[][] = [[]];
  for (let token = list.shift(); token; token = list.shift()) {
    if (token.text === ')' && untilParenthesis) return { commands, assign };
    if (token.text === '|') commands.push([]);
    else commands.at(-1)!.push(parseArgument(token, list));
  }
  if (untilParenthesis) throw new TemplateSyntaxError('unclosed left paren');
  if (commands.some((command) => command.length === 0)) throw new TemplateSyntaxError(`missing value for ${of}`);
  return { commands, assign };
}

/** `$x :=`, `$x =`, `$i, $x :=`. */
function parseAssignment(list: Token[]): Pipeline['assign'] {
  const at = list.findIndex(({ text }) => text === ':=' || text === '=');
  if (at < 0) return undefined;
  const head = list.splice(0, at + 1);
  return { names: head.filter(({ text }) => text.startsWith('$')).map(({ text }) => text), isNew: head.at(-1)!.text === ':=' };
}

function parseArgument(token: Token, rest: Token[]): Argument {
  const { text, at } = token;
  const place = { at, source: text };
  if (text === '(') {
    const inside = [...rest];
    const pipeline = parsePipeline(rest, { untilParenthesis: true });
    const next = rest[0];
    const isField = next && !next.spaceBefore && next.text.startsWith('.');
    const path = isField ? rest.shift()!.text.split('.').filter(Boolean) : [];
    return { what: 'pipeline', pipeline, path, at: isField ? next.at : at, source: sourceOf([token, ...inside.slice(0, inside.length - rest.length)]) };
  }
  if (token.what === 'literal') return { ...place, what: 'literal', value: literalValue(text) };
  if (text === 'true' || text === 'false') return { ...place, what: 'literal', value: text === 'true' };
  if (text === 'nil') return { ...place, what: 'literal', value: null };
  // Go sees a chain of fields at its second one.
  const second = text.indexOf('.', 1);
  const chain = { at: at + Math.max(second, 0), source: text };
  if (text.startsWith('$')) {
    const [name = '$', ...path] = text.split('.');
    return { ...chain, what: 'variable', name, path };
  }
  if (text.startsWith('.')) return { ...chain, what: 'field', path: text.split('.').filter(Boolean) };
  return { ...place, what: 'call', name: text };
}

function literalValue(text: string): unknown {
  if (text.startsWith('`')) return text.slice(1, -1);
  if (text.startsWith('"')) return JSON.parse(text.replace(/\\'/g, "'")) as unknown;
  if (text.startsWith("'")) return text.codePointAt(1);
  return Number(text);
}
