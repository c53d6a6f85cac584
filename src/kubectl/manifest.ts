/** Reading manifests: files, directories and standard input, YAML 1.1 or JSON, several documents each. */
import { type Document, parseAllDocuments, type YAMLError } from 'yaml';
import type { Call } from './command.ts';
import { KubectlError, PlainError, textOf } from './errors.ts';
import { goJsonFault, inGoOrder, type JsonError, UNEXPECTED_END } from '../cluster/api/go-json.ts';

/** One document of a manifest. */
export interface ManifestDocument { source: string; value: unknown }

type YamlVersion = '1.1' | '1.2';

const EXTENSIONS = ['.json', '.yaml', '.yml'];

/** All documents of the named files, in order; a document that cannot be read is an error beside them. */
export async function readManifests(call: Call, filenames: readonly string[], isRecursive: boolean): Promise<{ documents: ManifestDocument[]; errors: unknown[] }> {
  const documents: ManifestDocument[] = [];
  const errors: unknown[] = [];
  for (const filename of filenames) {
    for (const path of await filesOf(call, filename, isRecursive)) {
      const source = path === '-' ? 'STDIN' : path;
      try {
        // What comes before a document that cannot be read counts.
        for (const document of documentsOf(source, await textOfFile(call, path))) documents.push(document);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  return { documents, errors };
}

async function textOfFile(call: Call, path: string): Promise<string> {
  if (path === '-') return call.environment.stdin();
  try {
    return await call.environment.files.read(path);
  } catch (error) {
    const problem = textOf(error);
    const [host] = isUrl(path) && problem.endsWith('connection refused') ? [new URL(path).host] : [];
    if (host) throw new PlainError(`The connection to the server ${host} was refused - did you specify the right host or port?`);
    throw new KubectlError(isUrl(path) ? problem : `open ${path}: ${problem}`);
  }
}

/** Whether -f names something on the network. */
export const isUrl = (name: string) => /^https?:\/\//.test(name);

async function filesOf(call: Call, filename: string, isRecursive: boolean): Promise<string[]> {
  const { files } = call.environment;
  if (filename === '-') return ['-'];
  if (isUrl(filename)) return [filename];
  if (!(await files.isDirectory(filename))) return [filename];
  const found = await filesBelow(call, filename.replace(/\/+$/, ''), isRecursive);
  if (found.length === 0) throw new KubectlError(`error reading [${filename}]: recognized file extensions are [${EXTENSIONS.join(' ')}]`);
  return found;
}

async function filesBelow(call: Call, directory: string, isRecursive: boolean): Promise<string[]> {
  const { files } = call.environment;
  const found: string[] = [];
  for (const name of [...await files.list(directory)].sort()) {
    const path = `${directory}/${name}`;
    if (await files.isDirectory(path)) {
      if (isRecursive) found.push(...await filesBelow(call, path, true));
    } else if (EXTENSIONS.some((extension) => name.endsWith(extension))) found.push(path);
  }
  return found;
}

/** The documents of a text; empty ones are left out. Throws KubectlError in Go's YAML words. kustomize reads YAML 1.2, where `y` is a text. */
export function* documentsOf(source: string, text: string, version: YamlVersion = '1.1'): Generator<ManifestDocument> {
  for (const part of split(text)) for (const value of jsonValues(part) ?? [parseOne(source, part, version)]) if (value !== null && value !== undefined) yield { source, value: inGoOrder(value) };
}

function split(text: string): string[] {
  return text.replaceAll('\r\n', '\n').split(/^---(?:[ \t]*|[ \t]+#.*)$/m).map((part, i) => (i === 0 ? part : part.replace(/^\n/, ''))).filter((part) => part.trim() !== '');
}

/** Several JSON objects one after the other, as `jq` writes them; undefined for anything else. */
function jsonValues(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  const values: unknown[] = [];
  let start = 0, depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') depth++;
    if (token !== '}' || --depth > 0) continue;
    try {
      values.push(JSON.parse(text.slice(start, index + 1)));
    } catch {
      return undefined;
    }
    start = index + 1;
  }
  return values.length > 1 && text.slice(start).trim() === '' ? values : undefined;
}

function parseOne(source: string, text: string, version: YamlVersion): unknown {
  let fault: JsonError | undefined;
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      fault = goJsonFault(text);
      if (fault.message === UNEXPECTED_END) throw new KubectlError(`error parsing ${source}: unexpected EOF`);
    }
  }
  try {
    return parseYaml(text, version);
  } catch (error) {
    // What begins as JSON and is no flow mapping of YAML either is wrong JSON.
    throw new KubectlError(`error parsing ${source}: ${fault ? `json: offset ${fault.offset}: ${fault.message}` : `error converting YAML to JSON: ${textOf(error)}`}`);
  }
}

/** One YAML document as JSON, as sigs.k8s.io/yaml reads it. Throws an Error worded as Go's parser. */
export function parseYaml(text: string, version: YamlVersion = '1.1'): unknown {
  const [document, ...more] = parseAllDocuments(text, {
    version, merge: true, uniqueKeys: false, logLevel: 'silent', prettyErrors: true,
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !/timestamp|set|omap|pairs/.test(tag.tag)),
  }) as Document[];
  if (!document) return null;
  const problems = [document, ...more].flatMap(({ errors }) => errors);
  if (problems.length > 0) throw new Error(goYamlError(problems, text));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    const [, anchor] = /^Unresolved alias .*: (.*)$/.exec(textOf(error)) ?? [];
    throw anchor === undefined ? error : new Error(`yaml: unknown anchor '${anchor}' referenced`);
  }
  return inGoOrder(value);
}

/** Errors that Go's scanner finds; its parser's are numbered one line lower. */
const SCANNER_WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'found character that cannot start any token',
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  BLOCK_IN_FLOW: 'mapping values are not allowed in this context',
  BAD_DQ_ESCAPE: 'found unknown escape character',
  BAD_SCALAR_START: 'found character that cannot start any token',
};

function goYamlError([problem, next]: readonly YAMLError[], text: string): string {
  const { code, message, linePos, pos } = problem!;
  // Of a text over several lines that turns out to be a key, Go sees the colon.
  const spread = [problem, next].find((one) => one?.code === 'MULTILINE_IMPLICIT_KEY');
  const line = spread?.linePos?.[1]?.line ?? linePos?.[0].line ?? 1;
  // Go names no line when its count, from 0, is at the first.
  const scanner = (what: string) => `yaml: ${line > 1 ? `line ${line}: ` : ''}${what}`;
  // At the end of a text Go begins a new line.
  const ending = pos[1] >= text.trimEnd().length ? (text.match(/\n|[^\n]$/g)?.length ?? 0) : line - 1;
  const parser = (what: string) => `yaml: ${ending > 0 ? `line ${ending}: ` : ''}${what}`;
  if (text.slice(text.lastIndexOf('\n', pos[0] - 1) + 1, pos[1]).includes('\t') && code === 'UNEXPECTED_TOKEN') return scanner('found character that cannot start any token');
  const sibling = siblingAbove(text, pos[0]);
  if (/block sequence may not be used/.test(message)) return parser('did not find expected key');
  if (message.startsWith('Sequence item without')) return parser(isIndentless(text, pos[0]) ? 'did not find expected key' : "did not find expected '-' indicator");
  if (message.startsWith('Flow ') && /[[{,:]\s*$/.test(text.slice(0, pos[1]))) return parser('did not find expected node content');
  if (code === 'MULTILINE_IMPLICIT_KEY') return scanner(sibling === undefined ? 'mapping values are not allowed in this context' : "could not find expected ':'");
  if (/block-seq-ind/.test(message)) return scanner('block sequence entries are not allowed in this context');
  const scanned = SCANNER_WORDS[code];
  if (scanned) return scanner(scanned);
  if (code === 'MISSING_CHAR' && /quote/.test(message)) return scanner('found unexpected end of stream');
  if (code === 'MISSING_CHAR' && /:/.test(message)) return `yaml: line ${line + 1}: could not find expected ':'`;
  if (/flow (map|mapping)|\}/.test(message)) return parser("did not find expected ',' or '}'");
  if (/flow (seq|sequence)|\]/.test(message)) return parser("did not find expected ',' or ']'");
  return parser(sibling?.startsWith('- ') ? "did not find expected '-' indicator" : 'did not find expected key');
}

/** Of the line that begins at a position: the one before it that is indented as much, with nothing less indented between them. */
function siblingAbove(text: string, at: number): string | undefined {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  if (text.slice(start, at).trim() !== '') return undefined;
  const indent = text.slice(start).search(/[^ ]/);
  const above = text.slice(0, start).split('\n').filter((line) => line.trim() !== '').reverse().find((line) => line.search(/\S/) <= indent);
  return above !== undefined && above.search(/\S/) === indent ? above.slice(indent) : undefined;
}

/** Whether the list that the line at a position breaks off stands no further in than the key above it. */
function isIndentless(text: string, at: number): boolean {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const indentOf = (line: string) => line.search(/\S/);
  const above = text.slice(0, start).split('\n').filter((line) => line.trim() !== '').reverse();
  const list = above.findIndex((line) => indentOf(line) < indentOf(text.slice(start)));
  const key = above.slice(list).find((line) => !line.trimStart().startsWith('-') && indentOf(line) <= indentOf(above[list] ?? ''));
  return key !== undefined && indentOf(key) === indentOf(above[list] ?? '');
}
