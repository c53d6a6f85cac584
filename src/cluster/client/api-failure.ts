/** The errors of an API that refuses or does not answer: components go on with what they know, and ask again later. */
import { NetworkError } from '../network/types.ts';
import { ApiError } from './types.ts';

export function isApiFailure(error: unknown): error is ApiError | NetworkError {
  return error instanceof ApiError || error instanceof NetworkError;
}

/** Whether the request was answered; anything but an API failure is thrown. */
export function succeeds(request: () => unknown): boolean {
  try {
    request();
    return true;
  } catch (error) {
    if (isApiFailure(error)) return false;
    throw error;
  }
}
