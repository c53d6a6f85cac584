/** Refusals as the API server words them: apimachinery's `errors` package as functions. */
import { describeFieldError, type FieldError } from '../api/field-error.ts';
import { groupResource, type Kind } from '../api/kind.ts';
import type { Status, StatusCause } from '../api/types.ts';
import { ExpectedError } from '../expected-error.ts';
import type { ApiResponse } from './request.ts';

type KindName = Pick<Kind, 'group' | 'plural' | 'kind'>;

/** Thrown anywhere in the request path; becomes the response. */
export class StatusError extends ExpectedError {
  /** `waitsMs`: what is missing may come within the request (see ApiResponse). */
  constructor(readonly status: Status, readonly waitsMs?: number) {
    super(status.message ?? '');
    this.name = 'StatusError';
  }
}

/** A failure Status. */
export function failure(code: number, reason: string, message: string, details?: Status['details']): StatusError {
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details ? { details } : {}), code });
}

const detailsOf = (kind: KindName, name?: string): NonNullable<Status['details']> =>
  ({ ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), kind: kind.plural });

export const notFound = (kind: KindName, name: string): StatusError =>
  failure(404, 'NotFound', `${groupResource(kind)} "${name}" not found`, detailsOf(kind, name));

export const alreadyExists = (kind: KindName, name: string): StatusError =>
  failure(409, 'AlreadyExists', `${groupResource(kind)} "${name}" already exists`, detailsOf(kind, name));

export const conflict = (kind: KindName, name: string, why = 'the object has been modified; please apply your changes to the latest version and try again'): StatusError =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${groupResource(kind)} "${name}": ${why}`, detailsOf(kind, name));

/** `name` may be empty for lists and creates without a name. */
export const forbidden = (kind: KindName, name: string, why: string): StatusError =>
  failure(403, 'Forbidden', name ? `${groupResource(kind)} "${name}" is forbidden: ${why}` : `${groupResource(kind)} is forbidden: ${why}`, detailsOf(kind, name));

export const badRequest = (message: string): StatusError => failure(400, 'BadRequest', message);

export const unauthorized = (): StatusError => failure(401, 'Unauthorized', 'Unauthorized');

export const internalError = (why: string): StatusError =>
  failure(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ reason: '', message: why }] });

export const methodNotAllowed = (): StatusError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');

/** For an unknown resource within a known group. */
export const resourceNotFound = (): StatusError =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});

export const unsupportedMediaType = (got: string, supported: readonly string[]): StatusError =>
  failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}${got ? '' : ''}`);

export const expired = (message: string): StatusError => failure(410, 'Expired', message);

/** A rejected object: `Deployment.apps "web" is invalid: spec.replicas: …`. */
export function invalid(kind: KindName, name: string, errors: readonly FieldError[]): StatusError {
  const causes = errors.map((e): StatusCause => ({ reason: e.reason, message: e.message, field: e.field }));
  const texts = [...new Set(errors.map(describeFieldError))];
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kindGroup = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  return failure(422, 'Invalid', `${kindGroup} "${name}" is invalid: ${joined}`, {
    name, ...(kind.group ? { group: kind.group } : {}), kind: kind.kind, causes,
  });
}

/** The response that carries a refusal. */
export function refusal(error: StatusError, warnings?: readonly string[]): ApiResponse {
  return { code: error.status.code ?? 500, body: error.status, ...(error.waitsMs === undefined ? {} : { waitsMs: error.waitsMs }), ...(warnings?.length ? { warnings } : {}) };
}

/** What a delete that left nothing behind answers. */
export function deleted(kind: KindName, name: string, uid: string): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { ...detailsOf(kind, name), uid } };
}
