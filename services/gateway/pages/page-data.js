/** What the server put into the page. */
export const page = JSON.parse(document.getElementById('page').textContent);
export const locale = page.language === 'vi' ? 'vi-VN' : 'en-GB';

export const at = (id) => document.getElementById(id);

/** A text of the page with its `{x}` filled in. */
export function t(name, values = {}) {
  return (page.texts[name] ?? name).replace(/\{(\w+)\}/g, (all, key) => String(values[key] ?? all));
}

/** An element with attributes and children; text is text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export function money({ amountMinor, currency }) {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(amountMinor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export const whole = (number) => number.toLocaleString(locale);

/** `1:02:03` or `02:03`, days before it. */
export function clockText(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (value) => String(value).padStart(2, '0');
  const days = Math.floor(s / 86_400);
  const hours = Math.floor((s % 86_400) / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  if (days > 0) return `${days} ${page.language === 'vi' ? 'ngày' : days === 1 ? 'day' : 'days'} ${two(hours)}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** By the clock of `timeZone`; without one, by that of this machine. */
export function timeText(iso, timeZone) {
  const style = { dateStyle: 'medium', timeStyle: 'short' };
  try {
    return new Date(iso).toLocaleString(locale, { ...style, timeZone });
  } catch {
    // A zone that this browser does not know.
    return new Date(iso).toLocaleString(locale, style);
  }
}

/** When and where an event is, by the clock of its place, wherever the reader is. */
export function eventFacts(event) {
  const time = event.startTime && timeText(event.startTime, event.sale?.timeZone || 'Asia/Ho_Chi_Minh');
  return [time, event.venue?.name].filter(Boolean).join(' · ');
}

/** Written only when it changed: screen readers tell changes, and layout costs batteries. */
export function write(id, text) {
  const element = at(id);
  if (element.textContent !== text) element.textContent = text;
}

/** Storage may be full or forbidden; the page goes on without it. */
export const keep = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  },
  set(key, value) {
    try {
      if (value === undefined) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Then it is not remembered.
    }
  },
};
