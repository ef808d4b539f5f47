// Says of each check whether it held, and counts.
import { interruption } from './cleanup.js';

export class Report {
  #checks = 0;
  #failures = [];
  #begun = Date.now();

  /** A check: held where there is no fault. */
  add(name, faults) {
    interruption.signal.throwIfAborted();
    this.#checks += 1;
    console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'}  ${name}`);
    faults.forEach((fault) => console.log(`        ${fault}`));
    if (faults.length > 0) {
      this.#failures.push(name);
    }
  }

  /** Makes a check; one that throws did not hold. */
  async check(name, make) {
    let faults;
    try {
      faults = await make();
    } catch (error) {
      faults = [`could not be checked: ${error.message}`];
    }
    this.add(name, faults);
  }

  /** Says the result. The answer is the exit code: no check is no success. */
  end() {
    const seconds = Math.round((Date.now() - this.#begun) / 1000);
    const failed = this.#failures.length;
    this.#failures.forEach((name) => console.log(`failed: ${name}`));
    const verdict = failed === 0 && this.#checks > 0 ? 'pass' : 'FAIL';
    console.log(`${verdict}: ${this.#checks} checks, ${this.#checks - failed} held, ${failed} did not, in ${seconds} s`);
    return verdict === 'pass' ? 0 : 1;
  }
}
