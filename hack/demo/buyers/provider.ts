import { Agent, request } from 'undici';

/** The buyer's side of the payment simulator: what a bank app would do after the redirect. */
export class Provider {
  readonly #base: string;
  readonly #agent = new Agent({ connections: 16 });

  constructor(base: string) {
    this.#base = base;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Pays the link. False when the provider refused, for example because the link had expired. */
  async pay(paymentUrl: string, behaviour: 'pay' | 'pay-twice'): Promise<boolean> {
    const [provider, providerRef] = new URL(paymentUrl).pathname.split('/').slice(-2);
    const answer = await request(`${this.#base}/simulator/pay`, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider, providerRef, behaviour }),
    });
    await answer.body.dump();
    return answer.statusCode < 300;
  }

  /** What was really paid and refunded: the independent truth for the report. */
  async ledger(): Promise<LedgerRow[]> {
    const answer = await request(`${this.#base}/simulator/payments`, { dispatcher: this.#agent });
    const document = (await answer.body.json()) as { payments: LedgerRow[] };
    return document.payments;
  }
}

export interface LedgerRow {
  readonly provider: 'zalopay' | 'payos';
  readonly providerRef: string;
  readonly amount: number;
  readonly paid: number;
  readonly refunded: number;
}
