/** A mistake of the person at the keyboard: one sentence that says what and what to do. */
export class UserProblem extends Error {
  override name = 'UserProblem';
}
