/** The errors of an API that refuses or does not answer: a kubelet goes on with what it knows. */
import { ApiError } from '../../client/types.ts';
import { NetworkError } from '../../network/types.ts';

export function isApiFailure(error: unknown): error is ApiError | NetworkError {
  return error instanceof ApiError || error instanceof NetworkError;
}
