export { isApiFailure } from '../../client/api-failure.ts';
