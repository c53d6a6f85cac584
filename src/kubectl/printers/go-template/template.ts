/** Go templates filled in with objects: `-o go-template`. */
import { KubectlError } from '../../errors.ts';
import { isDict } from '../../objects.ts';
import { goJson } from '../json.ts';
import { goMapText } from '../jsonpath/evaluate.ts';
import { functions, isTrue, TemplateFailure } from './functions.ts';
import { type Argument, parseTemplate, type Pipeline, type Place, type TemplateNode, TemplateSyntaxError } from './parser.ts';

interface Filling { allowMissingKeys: boolean; write(text: string): void }

/** Writes the template filled in; when it fails on the object, what there is to know of both, too. Throws KubectlError in the words of text/template. */
export function fillGoTemplate(template: string, data: unknown, { allowMissingKeys, write }: Filling): void {
  const run = new Run(data, allowMissingKeys);
  try {
    run.all(parseTemplate(template), data);
    write(run.text);
  } catch (error) {
    if (error instanceof TemplateSyntaxError) throw new KubectlError(`error parsing template ${template}, template: output:1: ${error.message}`);
    if (!(error instanceof TemplateFailure)) throw error;
    const message = `template: output:${error.place ? `${position(template, error.place)}: executing "output" at <${error.place.source}>` : '1'}: ${error.message}`;
    write(`${run.text}Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${goJson(data)}\n\tobject given to template engine was:\n\t\t${goMapText(data)}\n\n`);
    throw new KubectlError(`error executing template ${JSON.stringify(template)}: ${message}`);
  }
}

/** Line, from 1, and byte within it, from 0. */
function position(template: string, { at }: Place): string {
  const before = template.slice(0, at).split('\n');
  return `${before.length}:${Buffer.byteLength(before.at(-1)!)}`;
}

class Leave { constructor(readonly how: 'break' | 'continue') {} }

class Run {
  text = '';
  readonly #named = new Map<string, TemplateNode[]>();
  #scopes: Map<string, unknown>[];

  constructor(root: unknown, readonly allowsMissing: boolean) {
    this.#scopes = [new Map([['$', root]])];
  }

  all(nodes: readonly TemplateNode[], dot: unknown): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: TemplateNode, dot: unknown): void {
    switch (node.what) {
      case 'text': this.text += node.text; return;
      case 'print': {
        const value = this.#evaluate(node.pipeline, dot);
        if (!node.pipeline.assign) this.text += printed(value);
        return;
      }
      case 'define': this.#named.set(node.name, node.body); return;
      case 'template': return this.#called(node, dot);
      case 'break': case 'continue': throw new Leave(node.what);
      case 'range': return this.#range(node, dot);
      default: return this.#scoped(() => {
        const value = this.#evaluate(node.pipeline, dot);
        if (isTrue(value)) this.all(node.body, node.what === 'with' ? value : dot);
        else this.all(node.otherwise, dot);
      });
    }
  }

  /** A named template sees its argument only, as `.` and as `$`. */
  #called(node: TemplateNode & { what: 'template' }, dot: unknown): void {
    const { name, pipeline } = node;
    const body = this.#named.get(name) ?? located(node, () => { throw new TemplateFailure(`template ${JSON.stringify(name)} not defined`); });
    const value = this.#evaluate(pipeline, dot);
    const outer = this.#scopes;
    this.#scopes = [new Map([['$', value]])];
    this.all(body, value);
    this.#scopes = outer;
  }

  #range({ pipeline, body, otherwise }: TemplateNode & { what: 'if' | 'with' | 'range' }, dot: unknown): void {
    const { assign, ...plain } = pipeline;
    const value = this.#evaluate(plain, dot);
    const entries = located(placeOf(plain), () => entriesOf(value));
    if (entries.length === 0) return this.all(otherwise, dot);
    for (const [key, item] of entries) {
      const goesOn = this.#scoped(() => {
        const [first, second] = assign?.names ?? [];
        if (first) this.#set(first, second ? key : item, true);
        if (second) this.#set(second, item, true);
        return this.#untilLeft(() => this.all(body, item));
      });
      if (!goesOn) return;
    }
  }

  /** False when the body broke out of its loop. */
  #untilLeft(body: () => void): boolean {
    try {
      body();
      return true;
    } catch (error) {
      if (error instanceof Leave) return error.how === 'continue';
      throw error;
    }
  }

  #scoped<T>(inside: () => T): T {
    const depth = this.#scopes.length;
    this.#scopes.push(new Map());
    try {
      return inside();
    } finally {
      this.#scopes.length = depth;
    }
  }

  #set(name: string, value: unknown, isNew: boolean): void {
    const scope = isNew ? this.#scopes.at(-1) : this.#scopes.findLast((known) => known.has(name));
    if (!scope) throw new TemplateFailure(`undefined variable "${name}"`);
    scope.set(name, value);
  }

  #evaluate({ commands, assign }: Pipeline, dot: unknown): unknown {
    let value: unknown;
    commands.forEach((command, i) => { value = this.#command(command, dot, i === 0 ? [] : [value]); });
    if (assign) this.#set(assign.names[0] ?? '$', value, assign.isNew);
    return value;
  }

  #command([first, ...rest]: readonly Argument[], dot: unknown, piped: unknown[]): unknown {
    if (!first) return undefined;
    if (first.what !== 'call') {
      if (rest.length + piped.length > 0) located(first, () => { throw new TemplateFailure(`can't give argument to non-function ${first.source}`); });
      return this.#argument(first, dot);
    }
    const call = functions[first.name];
    if (!call) throw new TemplateSyntaxError(`function "${first.name}" not defined`);
    const given = [...rest.map((argument) => this.#argument(argument, dot)), ...piped];
    return located({ at: first.at, source: [first, ...rest].map(({ source }) => source).join(' ') }, () => {
      try {
        return call(...given);
      } catch (error) {
        throw error instanceof TemplateFailure ? new TemplateFailure(`error calling ${first.name}: ${error.message}`) : error;
      }
    });
  }

  #argument(argument: Argument, dot: unknown): unknown {
    const follow = (value: unknown, path: readonly string[]) => located(argument, () => followed(value, path, this.allowsMissing));
    switch (argument.what) {
      case 'literal': return argument.value;
      case 'field': return follow(dot, argument.path);
      case 'variable': return follow(this.#variable(argument.name), argument.path);
      case 'pipeline': return follow(this.#evaluate(argument.pipeline, dot), argument.path);
      case 'call': return this.#command([argument], dot, []);
    }
  }

  #variable(name: string): unknown {
    const scope = this.#scopes.findLast((known) => known.has(name));
    if (!scope) throw new TemplateSyntaxError(`undefined variable "${name}"`);
    return scope.get(name);
  }
}

/** What `work` gives; a failure that has no place yet is given this one. */
function located<T>(place: Place | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateFailure) error.place ??= place;
    throw error;
  }
}

/** A pipeline as a whole. */
function placeOf({ commands }: Pipeline): Place | undefined {
  const [first] = commands.flat();
  return first && { at: first.at, source: commands.map((command) => command.map(({ source }) => source).join(' ')).join(' | ') };
}

function followed(value: unknown, path: readonly string[], allowsMissing: boolean): unknown {
  return path.reduce((current: unknown, name) => {
    if (current === undefined) return undefined;
    if (current === null) throw new TemplateFailure(`nil pointer evaluating interface {}.${name}`);
    if (!isDict(current)) throw new TemplateFailure(`can't evaluate field ${name} in type interface {}`);
    if (!allowsMissing && !Object.hasOwn(current, name)) throw new TemplateFailure(`map has no entry for key ${JSON.stringify(name)}`);
    return Object.hasOwn(current, name) ? current[name] : undefined;
  }, value);
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return (value as unknown[]).map((item, i): [unknown, unknown] => [i, item]);
  if (isDict(value)) return Object.keys(value).sort().map((key): [unknown, unknown] => [key, value[key]]);
  if (typeof value === 'number') return Array.from({ length: value }, (_, i): [unknown, unknown] => [i, i]);
  if (value === undefined || value === null) return [];
  throw new TemplateFailure(`range can't iterate over ${String(value)}`);
}

function printed(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  return typeof value === 'object' ? goMapText(value) : String(value);
}
