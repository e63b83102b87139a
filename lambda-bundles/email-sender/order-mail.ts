import { type MailFact, mailPage } from './mail-page.ts';

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface OrderMail {
  readonly language: 'vi' | 'en';
  readonly subject: string;
  readonly fullName: string;
  readonly eventName: string;
  readonly order: { readonly id: string; readonly code: string };
  readonly paragraphs: readonly string[];
  /** Those without lines are left out. */
  readonly facts: readonly MailFact[];
  /** What the link to the order says. */
  readonly open: string;
  readonly footnote: string;
}

const HELLO = { vi: 'Xin chào', en: 'Hello' } as const;
const EVENT = { vi: 'Sự kiện', en: 'Event' } as const;

/** A mail about one order. Plain text and HTML say the same. */
export function orderMail(mail: OrderMail, publicUrl: string): Mail {
  const { language, eventName, order, open, footnote } = mail;
  const link = `${publicUrl.replace(/\/+$/, '')}/orders/${order.id}`;
  const hello = [HELLO[language], mail.fullName].filter((part) => part !== '').join(' ');
  const paragraphs = [`${hello},`, ...mail.paragraphs];
  const facts = mail.facts.filter(({ lines }) => lines.length > 0);
  return {
    // A line break in a name must not become a header of its own.
    subject: `${mail.subject}: ${eventName} (${order.code})`.replaceAll(/[\r\n]+/g, ' '),
    text: [
      ...paragraphs.flatMap((paragraph) => [paragraph, '']),
      `${EVENT[language]}: ${eventName}`,
      ...facts.map(({ name, lines }) => `${name}: ${lines.join(', ')}`),
      '',
      `${open}: ${link}`,
      '',
      footnote,
      '',
    ].join('\n'),
    html: mailPage({ language, title: eventName, paragraphs, facts, button: { text: open, link }, footnote }),
  };
}
