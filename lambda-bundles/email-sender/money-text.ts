export interface Amount {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Money as people of that language write it. */
export function moneyText({ amountMinor, currency }: Amount, language: 'vi' | 'en'): string {
  const format = new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-GB', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  // A decimal text keeps every digit of the bigint; the formatter takes it as it is.
  const text = amountMinor.toString().padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return format.format(decimal as Intl.StringNumericLiteral);
}
