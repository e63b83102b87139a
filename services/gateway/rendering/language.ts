import type { FastifyReply, FastifyRequest } from 'fastify';

export const LANGUAGES = ['vi', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LOCALE: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };

const COOKIE = 'lang';
const YEAR_S = 31_536_000;

/** What the buyer chose, else what the browser prefers, else Vietnamese. */
export function languageOf(request: FastifyRequest): Language {
  const chosen = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\w+)`).exec(request.headers.cookie ?? '')?.[1];
  return asLanguage(chosen) ?? preferred(request.headers['accept-language'] ?? '') ?? 'vi';
}

/** Answers `?lang=xx`: remembers the choice and leads back to the same page without it. Undefined: no such wish. */
export function switchLanguage(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const url = new URL(request.url, 'http://page');
  const wish = asLanguage(url.searchParams.get('lang') ?? undefined);
  if (wish === undefined) return undefined;
  url.searchParams.delete('lang');
  reply.header('set-cookie', `${COOKIE}=${wish}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`);
  // One slash only: a path that begins with two would lead to another host.
  return reply.header('cache-control', 'no-store').redirect(`/${url.pathname.replace(/^\/+/, '')}${url.search}`, 303);
}

/** The best of an Accept-Language header that we speak. */
export function preferred(header: string): Language | undefined {
  let best: { language: Language; weight: number } | undefined;
  for (const part of header.slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = part.trim().split(';');
    const language = asLanguage(tag.trim().slice(0, 2).toLowerCase());
    const weight = Number(parameters.map((one) => /^\s*q=([\d.]+)/.exec(one)?.[1]).find(Boolean) ?? 1);
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language;
}

function asLanguage(text: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => language === text);
}
