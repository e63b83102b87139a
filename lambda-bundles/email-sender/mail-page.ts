/** One thing to know, below its name. */
export interface MailFact {
  readonly name: string;
  readonly lines: readonly string[];
}

interface MailContent {
  readonly language: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly facts: readonly MailFact[];
  readonly button: { readonly text: string; readonly link: string };
  readonly footnote: string;
}

const INK = '#1b1b2f';
const MUTED = '#5c6070';
const BRAND = '#5b2be0';
const FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/**
 * A mail as HTML. Mail programs know tables and styles on elements, and little else: no style sheet, no flexbox, and a button is
 * a cell, because padding of a link breaks where the link does. Nothing is loaded from elsewhere.
 */
export function mailPage({ language, title, paragraphs, facts, button, footnote }: MailContent): string {
  const table = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"';
  const text = paragraphs.map((one) => `<p style="margin:0 0 12px">${escapeHtml(one)}</p>`).join('');
  const rows = facts
    .map(
      ({ name, lines }) =>
        `<tr><td style="padding:10px 0;border-top:1px solid #e8e6f2"><div style="font-size:13px;color:${MUTED}">${escapeHtml(name)}</div><div style="font-weight:600">${lines.map(escapeHtml).join('<br>')}</div></td></tr>`,
    )
    .join('');
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light"><title>${escapeHtml(title)}</title></head>
<body style="margin:0;padding:0;background:#f3f2f8">
<table ${table} style="background:#f3f2f8"><tr><td align="center" style="padding:16px">
<table ${table} style="max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden;font-family:${FONT};font-size:16px;line-height:1.45;color:${INK};text-align:left">
<tr><td style="background:${BRAND};color:#ffffff;padding:20px 24px"><div style="font-size:13px;letter-spacing:.04em">TicketBottle</div><div style="font-size:22px;line-height:1.25;font-weight:700;padding-top:6px">${escapeHtml(title)}</div></td></tr>
<tr><td style="padding:24px 24px 8px">${text}</td></tr>
<tr><td style="padding:0 24px 20px"><table ${table}><tr><td align="center" style="background:${BRAND};border-radius:8px"><a href="${escapeHtml(button.link)}" style="display:block;padding:14px 20px;color:#ffffff;text-decoration:none;font-weight:600">${escapeHtml(button.text)}</a></td></tr></table></td></tr>
<tr><td style="padding:0 24px"><table ${table}>${rows}</table></td></tr>
<tr><td style="padding:12px 24px 24px;color:${MUTED};font-size:13px">${escapeHtml(footnote)}</td></tr>
</table></td></tr></table></body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
