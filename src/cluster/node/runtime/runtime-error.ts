/** CRI errors: gRPC codes in the runtime's words. */
export class RuntimeError extends Error {
  constructor(readonly code: 'Unavailable' | 'Unimplemented' | 'NotFound' | 'Unknown' | 'InvalidArgument', message: string) {
    super(message);
    this.name = 'RuntimeError';
  }
}
