/** From a level's data to a level: one language, one draw of its parameters, checked against the schema. */
import Ajv from 'ajv';
import { examPaper } from './exam-paper.ts';
import type { Level, LevelSpec, WorldInfo } from './level.ts';
import { type Draw, drawn, type ParamSpec, substituted } from './params.ts';
import type { Located } from './located.ts';
import { nearest } from './nearest.ts';
import { PackError, type Problem } from './problems.ts';
import { describeSchemaError } from './schema-words.ts';
import { levelSchema, packSchema, paramsSchema } from './schema.ts';

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false });
const validateLevel = ajv.compile<LevelSpec>(levelSchema);
const validateParams = ajv.compile<Record<string, ParamSpec>>(paramsSchema);
export const validatePack = ajv.compile<{ name: string; title: string; version: string; worlds: WorldInfo[] }>(packSchema);

/** What of a level does not change with a draw. */
type Place = Pick<Level, 'id' | 'file'> & { worldOfFolder: string };

/** The level as drawn; keeps its data when it has parameters, so that it can be drawn again. Throws PackError. */
export function levelFrom(data: unknown, place: Place, located: Located | undefined, draw: Draw): Level {
  const params = typeof data === 'object' && data !== null && 'params' in data ? data.params : undefined;
  if (params !== undefined && !validateParams(params)) throw new PackError(schemaProblems(place.file, located, validateParams.errors ?? [], ['params']));
  const spec = params === undefined ? data : substituted(data, drawn(params, draw));
  if (!validateLevel(spec)) throw new PackError(schemaProblems(place.file, located, validateLevel.errors ?? []));
  const { worldOfFolder, ...rest } = place;
  return { ...spec, ...rest, world: spec.world ?? worldOfFolder, ...(params === undefined ? {} : { template: { data, worldOfFolder } }) };
}

/** The level as this attempt has it: its parameters drawn by the attempt's seed and player, an exam's tasks in their order. Throws PackError. */
export function drawnFor(level: Level, draw: Draw): Level {
  const { id, file, template } = level;
  return examPaper(template ? levelFrom(template.data, { id, file, worldOfFolder: template.worldOfFolder }, undefined, draw) : level, draw.seed);
}

/** Schema errors as problems with their places. */
export function schemaProblems(file: string, located: Located | undefined, errors: readonly Parameters<typeof describeSchemaError>[0][], prefix: readonly string[] = []): Problem[] {
  const unknown = errors.filter(({ keyword }) => keyword === 'additionalProperties').map(({ instancePath, params }) => ({ instancePath, name: String(params.additionalProperty) }));
  // What is missing is often there, misspelt: then that alone is said.
  const isMisspelt = ({ instancePath, params }: (typeof errors)[number]) => unknown.some((other) => other.instancePath === instancePath && nearest(other.name, [String(params.missingProperty)]) !== undefined);
  const own = errors.filter((error) => !(error.keyword === 'required' && (error.schemaPath.includes('/oneOf/') || isMisspelt(error))));
  const seen = new Set<string>();
  return own.map((error) => {
    const { path, message } = describeSchemaError(error, prefix);
    return { file, ...(located?.at(path) ?? { line: 0, column: 0 }), message };
  }).filter(({ message }) => !seen.has(message) && seen.add(message));
}
