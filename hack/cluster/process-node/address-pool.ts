/** Pod addresses of one /16, handed out in turn, so that an address is not soon somebody else's. */
export class AddressPool {
  readonly #prefix: string;
  readonly #taken = new Set<string>();
  #last = 1;

  /** `cidr` is a /16 such as 127.90.0.0/16. */
  constructor(cidr: string) {
    const [a, b] = cidr.split('.');
    this.#prefix = `${a}.${b}`;
  }

  /** A free address; `wished` if it is free, for a pod that had it before. Throws when all are taken. */
  take(wished?: string): string {
    if (wished?.startsWith(`${this.#prefix}.`) === true && !this.#taken.has(wished)) {
      this.#taken.add(wished);
      return wished;
    }
    for (let tried = 0; tried < 65_000; tried++) {
      this.#last = this.#last >= 65_000 ? 2 : this.#last + 1;
      const address = `${this.#prefix}.${this.#last >> 8}.${this.#last & 255}`;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    throw new Error(`no free address is left in ${this.#prefix}.0.0/16`);
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
