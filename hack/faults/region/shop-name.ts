import type { Platforms } from './platforms.ts';

const LOOK_MS = 1_000;

/**
 * Where the shop's name leads to: as DNS with health checks would have it, the endpoint that a platform publishes and that
 * answers.
 */
export class ShopName implements Disposable {
  current: string | undefined;
  readonly #platforms: Platforms;
  readonly #namespaces: readonly string[];
  readonly #timer: NodeJS.Timeout;

  constructor(platforms: Platforms, namespaces: readonly string[]) {
    this.#platforms = platforms;
    this.#namespaces = namespaces;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const published = this.#namespaces.flatMap((name) => this.#platforms.of(name)?.status?.endpoints?.gateway ?? []);
    const answers = await Promise.all(
      published.map(async (url) => {
        const answer = await fetch(`${url}/api/v1/events`, { signal: AbortSignal.timeout(LOOK_MS) }).catch(
          () => undefined,
        );
        await answer?.body?.cancel();
        return answer !== undefined && answer.status < 500;
      }),
    );
    this.current = published.find((_, index) => answers[index]);
  }
}
