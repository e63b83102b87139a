import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';

const SAVED = 5;

interface Mail {
  readonly BodyHtml?: string;
  readonly BodyText?: string;
}

/**
 * Orders that a captured mail speaks of, by the order id in its link; a few of these mails are saved for people to look at.
 * Real AWS keeps no mailbox: there the list is empty.
 */
export async function readMailbox(endpoint: string | undefined, dir: string): Promise<string[]> {
  if (endpoint === undefined) return [];
  const answer = await request(`${endpoint}/_ministack/ses/messages`);
  const { messages } = (await answer.body.json()) as { messages: Record<string, Mail[]> };
  const mails = new Map<string, Mail>();
  for (const mail of Object.values(messages).flat()) {
    const [, orderId] = /orders\/([0-9a-f]{8}-[0-9a-f-]{27})/.exec(`${mail.BodyText} ${mail.BodyHtml}`) ?? [];
    if (orderId !== undefined) mails.set(orderId, mail);
  }
  mkdirSync(dir, { recursive: true });
  for (const [orderId, { BodyHtml }] of [...mails].slice(0, SAVED))
    if (BodyHtml !== undefined) writeFileSync(join(dir, `mail-${orderId}.html`), BodyHtml);
  return [...mails.keys()];
}
