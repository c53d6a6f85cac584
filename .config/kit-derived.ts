/** Files that follow from the schema: the published schemas, the guide's reference, and the levels' first lines. */
import { levelSchema, packSchema } from '../src/engine/pack/schema.ts';
import { editorLevelSchema, editorPackSchema, type Field, fieldsOf } from '../src/engine/pack/kit/editor-schema.ts';
import { LEVEL_DOCS, PACK_DOCS } from '../src/engine/pack/kit/field-docs.ts';

const GUIDE = 'levels/README.md';
const BEGIN = '<!-- reference: written by .config/kit-files.ts -->';
const END = '<!-- end of the reference -->';

export interface DerivedFile { path: string; text: string }

/** Those whose text would change. `levels` are paths of the shipped pack's YAML files; `read` throws for a file that is not there. */
export function derivedFiles(levels: readonly string[], read: (path: string) => string): DerivedFile[] {
  const wanted = [
    { path: 'schemas/level.json', text: `${JSON.stringify(editorLevelSchema(), null, 1)}\n` },
    { path: 'schemas/pack.json', text: `${JSON.stringify(editorPackSchema(), null, 1)}\n` },
    { path: GUIDE, text: withReference(read(GUIDE)) },
    ...levels.map((path) => ({ path, text: withSchemaLine(path, read(path)) })),
  ];
  return wanted.filter(({ path, text }) => known(read, path) !== text);
}

/** The level with its first line, which tells an editor its schema. */
export function withSchemaLine(path: string, text: string): string {
  const schema = path.endsWith('/pack.yaml') ? 'pack' : 'level';
  const line = `# yaml-language-server: $schema=${'../'.repeat(path.split('/').length - 1)}schemas/${schema}.json`;
  return `${line}\n${text.replace(/^# yaml-language-server:.*\n/, '')}`;
}

/** The guide with its reference between the marks. */
export function withReference(guide: string): string {
  const [before = '', rest = ''] = guide.split(BEGIN);
  const after = rest.split(END)[1] ?? '\n';
  return `${before}${BEGIN}\n\n### pack.yaml\n\n${table(fieldsOf(packSchema, PACK_DOCS))}\n\n### A level\n\n${table(fieldsOf(levelSchema, LEVEL_DOCS))}\n\n${END}${after}`;
}

function table(fields: readonly Field[]): string {
  const row = ({ path, type, isRequired, text = '' }: Field) => `| \`${path}\`${isRequired ? ' *' : ''} | ${type.replaceAll('|', '\\|')} | ${text.replaceAll('|', '\\|')} |`;
  return ['| field (* required) | type | |', '|---|---|---|', ...fields.map(row)].join('\n');
}

function known(read: (path: string) => string, path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined; // it is about to be written
  }
}
