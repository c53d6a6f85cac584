/** CRI errors: gRPC codes in the runtime's words. */
export class RuntimeError extends Error {
  constructor(readonly code: 'Unavailable' | 'NotFound' | 'Unknown' | 'InvalidArgument', message: string) {
    super(message);
    this.name = 'RuntimeError';
  }
}
