import { type Language, LOCALE } from './language.ts';

/** A time as people of that place read it: the day, then the clock. */
export function timeText(iso: string | undefined, language: Language, timeZone = 'Asia/Ho_Chi_Minh'): string {
  if (iso === undefined) return '';
  const day = format(iso, language, timeZone, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
  return `${day} · ${format(iso, language, timeZone, { hour: '2-digit', minute: '2-digit' })}`;
}

/** Where there is little room: without weekday and year. */
export function shortTimeText(iso: string, language: Language, timeZone = 'Asia/Ho_Chi_Minh'): string {
  const day = format(iso, language, timeZone, { day: 'numeric', month: 'short' });
  return `${day} · ${format(iso, language, timeZone, { hour: '2-digit', minute: '2-digit' })}`;
}

/** What stands on a ticket's stub. */
export function dateStub(iso: string, language: Language, timeZone = 'Asia/Ho_Chi_Minh') {
  const part = (options: Intl.DateTimeFormatOptions) => format(iso, language, timeZone, options);
  return {
    weekday: part({ weekday: 'short' }),
    day: part({ day: 'numeric' }),
    // Vietnamese has no short name for a month that stands alone.
    month: language === 'vi' ? `Thg ${part({ month: 'numeric' })}` : part({ month: 'short' }),
    time: part({ hour: '2-digit', minute: '2-digit' }),
  };
}

function format(iso: string, language: Language, timeZone: string, options: Intl.DateTimeFormatOptions): string {
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
