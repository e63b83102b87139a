/**
 * Passwords made a moment ago, until the informer shows the Secret that they went into. Without it, a reconcile that runs
 * before the informer has caught up would make a second password for the same role.
 */
export class FreshPasswords {
  readonly #made = new Map<string, string>();

  /** `stored` as the Secret has it; '' when there is none yet. */
  of(platformUid: string, service: string, stored: string, make: () => string): string {
    const key = `${platformUid} ${service}`;
    if (stored !== '') {
      this.#made.delete(key);
      return stored;
    }
    const password = this.#made.get(key) ?? make();
    this.#made.set(key, password);
    return password;
  }
}
