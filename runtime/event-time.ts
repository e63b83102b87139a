/** `Saturday, 20 March 2027, 19:30 (GMT+7)`: people travel to events, so it says by which clock. */
export function eventTime(instant: string, timeZone: string, language: 'vi' | 'en'): string {
  const locale = language === 'vi' ? 'vi-VN' : 'en-GB';
  const at = new Date(instant);
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone }).format(at);
  const parts = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${date}, ${part('hour')}:${part('minute')} (${part('timeZoneName')})`;
}
