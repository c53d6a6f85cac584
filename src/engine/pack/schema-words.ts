/** What the schema finds wrong with a level or a pack, in our words. */
import type { ErrorObject } from 'ajv';
import { whereIs } from './located.ts';
import { nearest } from './nearest.ts';

/** A schema error in our words, with a suggestion where one is near. */
export function describeSchemaError(error: ErrorObject, prefix: readonly string[] = []): { path: (string | number)[]; message: string } {
  const path: (string | number)[] = [...prefix, ...error.instancePath.split('/').slice(1).map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))];
  const where = whereIs(path);
  const schema = error.parentSchema as { properties?: Record<string, unknown>; description?: string } | undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(error.params.additionalProperty);
      const allowed = Object.keys(schema?.properties ?? {});
      const near = nearest(unknown, allowed);
      return { path: [...path, unknown], message: `${where}: unknown field "${unknown}"${near ? `; did you mean "${near}"?` : `; allowed are ${allowed.join(', ')}`}` };
    }
    case 'required': return { path, message: `${where}: "${String(error.params.missingProperty)}" is missing` };
    case 'enum': return { path, message: `${where}: must be one of ${(error.params.allowedValues as unknown[]).join(', ')}` };
    case 'oneOf': return { path, message: `${where}: needs exactly one of get, list, can, probe, traffic, file, etcd, ran, answer` };
    case 'pattern': return { path, message: `${where}: must be ${schema?.description ?? `like ${String(error.params.pattern)}`}` };
    default: return { path, message: `${where}: ${error.message ?? 'is not valid'}` };
  }
}
