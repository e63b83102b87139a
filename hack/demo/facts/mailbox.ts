import { request } from 'undici';

/** Orders that a captured mail speaks of, by the order id in its link. Real AWS keeps no mailbox: there the list is empty. */
export async function readMailbox(endpoint: string | undefined): Promise<string[]> {
  if (endpoint === undefined) return [];
  const answer = await request(`${endpoint}/_ministack/ses/messages`);
  const text = await answer.body.text();
  const ids = text.matchAll(/orders\/([0-9a-f]{8}-[0-9a-f-]{27})/g);
  return [...new Set([...ids].map((match) => match[1] as string))];
}
