/**
 * Tag on a function while a sale holds its concurrency above the platform's own: the values from before, so that whoever
 * comes last can give back exactly those, even if the sale, or the operator, is gone. Platforms leave both values alone
 * while it stands.
 */
export const SALE_HOLD_TAG = 'ticketbottle.io/before-sale';

/** Undefined: there was none. */
export interface ConcurrencyBefore {
  readonly provisioned: number | undefined;
  readonly reserved: number | undefined;
}

/** Only characters that a tag's value may have. */
export function formatBefore({ provisioned, reserved }: ConcurrencyBefore): string {
  return `provisioned=${provisioned ?? 'none'} reserved=${reserved ?? 'none'}`;
}

/** Undefined when the text is not one of ours. */
export function parseBefore(text: string | undefined): ConcurrencyBefore | undefined {
  const found = /^provisioned=(none|\d+) reserved=(none|\d+)$/.exec(text ?? '');
  if (found === null) return undefined;
  const number = (value: string | undefined) => (value === 'none' ? undefined : Number(value));
  return { provisioned: number(found[1]), reserved: number(found[2]) };
}
