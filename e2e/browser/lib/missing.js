/** Something that the checks need and the machine lacks: the exit code is 2, never a pass. */
export class Missing extends Error {
  /**
   * @param {string} what one sentence without a final period
   * @param {string} hint what to do about it
   */
  constructor(what, hint) {
    super(what);
    this.hint = hint;
  }
}
