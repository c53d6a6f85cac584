/**
 * An error that is an answer and no fault: a refusal, a missing file, a closed port. Somebody catches it and goes on,
 * often, so it carries no stack: to take one costs more than the request that failed.
 */
export class ExpectedError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
