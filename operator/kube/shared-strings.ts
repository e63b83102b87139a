/** Longer texts are rarely equal, and a look at them costs. */
const LONGEST = 128;
/** Instants and ids that no two objects share come by too: then the table begins anew. */
const MOST = 4_096;

/**
 * Makes equal texts of many objects one: JSON.parse makes a copy of every value, and a thousand objects of a kind say mostly the
 * same. For objects that nobody else has seen yet.
 */
export class SharedStrings {
  readonly #known = new Map<string, string>();

  share(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const members = value as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member === 'string') members[name] = this.#one(member);
      else this.share(member);
    }
  }

  get size(): number {
    return this.#known.size;
  }

  #one(text: string): string {
    if (text.length > LONGEST) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
