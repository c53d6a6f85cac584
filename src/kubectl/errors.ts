/** What can go wrong in kubectl, and the words in which it says so on standard error. */
import type { Status } from '../cluster/api/types.ts';
import type { NetworkError } from '../cluster/network/types.ts';

/** A failure of kubectl's own, printed as `error: <message>`. */
export class KubectlError extends Error {
  constructor(message: string, readonly exitCode = 1) {
    super(message);
    this.name = 'KubectlError';
  }
}

/** A failure printed as it is, without `error: ` in front. */
export class PlainError extends KubectlError {}

/** What `get` and `describe` say of manifests they cannot use: nothing in front. */
export function unprefixed(errors: readonly unknown[]): unknown[] {
  return errors.map((error) => (error instanceof KubectlError ? new PlainError(error.message) : error));
}

/** A mistake in how the command was typed, before which the whole help is printed (kubectl config's helpErrorf). */
export class HelpError extends KubectlError {}

/** Ends kubectl with a code and without a word; what had to be said has been said. */
export class ExitError extends KubectlError {
  constructor(exitCode = 1) { super('', exitCode); }
}

/** A resource that the server does not know, in the words that come without `error: `. */
export class NoResourceMatchError extends PlainError {
  constructor(resource: string, group = '', version = '') {
    const within = group && version ? ` in group "${group}" and version "${version}"` : group ? ` in group "${group}"` : version ? ` in version "${version}"` : '';
    super(`the server doesn't have a resource type "${resource}"${within}`);
  }
}

/** A failure Status that the API server answered. */
export class StatusError extends Error {
  /** `waitsMs`: the server has not given up yet (see ApiResponse). */
  constructor(readonly status: Status, readonly waitsMs?: number) {
    super(status.message ?? '');
    this.name = 'StatusError';
  }

  get reason(): string { return this.status.reason ?? ''; }
}

/** A request that found no API server. */
export class UnreachableError extends Error {
  /** `host` as in the server's URL, `localhost:8080`. */
  constructor(readonly host: string, readonly request: string, override readonly cause: NetworkError) {
    super(`${request}: ${cause.message}`);
    this.name = 'UnreachableError';
  }
}

/** Several failures, each of which gets a line. */
export class AggregateFailure extends Error {
  constructor(readonly errors: readonly unknown[]) {
    super(errors.length === 1 ? textOf(errors[0]) : `[${errors.map(textOf).join(', ')}]`);
    this.name = 'AggregateFailure';
  }
}

/** The message of anything thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for a Status of one of these reasons. */
export function hasReason(error: unknown, ...reasons: string[]): error is StatusError {
  return error instanceof StatusError && reasons.includes(error.reason);
}

/** Throws what was collected: nothing, the one failure, or all as one. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateFailure(errors);
}

/** Calls `visit` for each item even after failures, and throws them all at the end, after those `before`. */
export async function forEachCollecting<T>(items: Iterable<T>, visit: (item: T) => Promise<void> | void, before: readonly unknown[] = []): Promise<void> {
  const errors: unknown[] = [...before];
  for (const item of items) {
    try {
      await visit(item);
    } catch (error) {
      if (error instanceof ExitError) throw error;
      errors.push(...(error instanceof AggregateFailure ? error.errors : [error]));
    }
  }
  throwAll(errors);
}

/** The same failure, told with the file it came from (`error when creating "web.yaml": …`). */
export function withSource(verb: string, source: string, error: unknown): unknown {
  if (!source || error instanceof ExitError) return error;
  const said = (message: string) => `error when ${verb} "${source}": ${message}`;
  if (error instanceof StatusError) return new StatusError({ ...error.status, message: said(error.message) });
  return error instanceof UnreachableError ? error : new KubectlError(said(textOf(error)));
}

/** What kubectl prints for a failure and how it exits. Programming errors are not for it: they are thrown on. */
export function report(error: unknown): { text: string; exitCode: number } {
  if (error instanceof AggregateFailure && error.errors.length === 1) return report(error.errors[0]);
  if (error instanceof ExitError) return { text: '', exitCode: error.exitCode };
  const exitCode = error instanceof KubectlError ? error.exitCode : 1;
  return { text: ended(reportText(error)), exitCode };
}

function reportText(error: unknown): string {
  if (error instanceof StatusError && error.reason === 'Invalid') return invalidText(error.status);
  if (error instanceof AggregateFailure) return error.errors.map((one) => ended(oneOfMany(one))).join('');
  const standard = standardMessage(error);
  if (standard !== undefined) return standard;
  const message = textOf(error);
  return error instanceof PlainError || message.startsWith('error: ') ? message : `error: ${message}`;
}

const oneOfMany = (error: unknown): string => standardMessage(error) ?? textOf(error);

/** kubectl's StandardErrorMessage: for answers of the server and for servers that do not answer. */
function standardMessage(error: unknown): string | undefined {
  if (error instanceof StatusError) {
    if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
    return error.reason ? `Error from server (${error.reason}): ${error.message}` : `Error from server: ${error.message}`;
  }
  if (!(error instanceof UnreachableError)) return undefined;
  if (error.cause.reason === 'refused') return `The connection to the server ${error.host} was refused - did you specify the right host or port?`;
  return `Unable to connect to the server: ${error.cause.message}`;
}

function invalidText({ message, details }: Status): string {
  if (!details || Object.keys(details).length === 0) return `The request is invalid: ${message}`;
  const { kind = '', name = '', causes = [] } = details;
  const subject = kind || name ? `The ${kind} "${name}" is invalid` : causes.length === 0 ? `The request is invalid: ${message}` : 'The request is invalid';
  const lines = [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message}`))];
  if (lines.length === 0) return subject;
  return lines.length === 1 ? `${subject}: ${lines[0]}` : `${subject}: \n${lines.map((line) => `* ${line}`).join('\n')}`;
}

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
