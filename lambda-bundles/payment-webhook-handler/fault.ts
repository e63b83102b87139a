import type { HttpAnswer } from './webhook.ts';

/**
 * Whether an answer tells a provider that its callback was not taken: the store was away, its key was not found, or the
 * signature looked wrong to us.
 * Forged callbacks count too, but they meet every version alike, and a new version is judged against the one that serves:
 * only so is one seen that refuses what is genuine.
 */
export function isFault({ statusCode, body }: HttpAnswer): boolean {
  if (statusCode >= 500 || statusCode === 400) return true;
  return /"return_code":(?:0|-1)[,}]|"RspCode":"(?:97|99)"| is not configured"/.test(body);
}
