import { type Language, LOCALE } from './language.ts';

/** A time as people of that place read it; undefined for none or an unknown one. */
export function timeText(iso: string | undefined, language: Language, timeZone = 'Asia/Ho_Chi_Minh'): string {
  if (iso === undefined) return '';
  const options = {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  const date = new Date(iso);
  try {
    return new Intl.DateTimeFormat(LOCALE[language], { ...options, timeZone }).format(date);
  } catch {
    // A zone that this machine does not know.
    return new Intl.DateTimeFormat(LOCALE[language], { ...options, timeZone: 'UTC' }).format(date);
  }
}

export function moneyText(
  money: { readonly amountMinor: number; readonly currency: string } | undefined,
  language: Language,
): string {
  if (money === undefined) return '';
  const format = new Intl.NumberFormat(LOCALE[language], { style: 'currency', currency: money.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(money.amountMinor / 10 ** digits);
}
