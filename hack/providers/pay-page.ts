import type { PaymentRecord } from './payment-record.ts';
import { paidOf } from './payment-record.ts';

/** The provider's page on which a person pays. */
export function payPage(record: PaymentRecord, message: string | undefined, canPay: boolean): string {
  const provider = { zalopay: 'ZaloPay', payos: 'PayOS', vnpay: 'VNPay' }[record.provider];
  const money = (amount: number) => `${new Intl.NumberFormat('vi-VN').format(amount)} ₫`;
  const form = `<form method="post">
      <button name="act" value="pay">Pay ${money(record.amount)}</button>
      <button name="act" value="cancel" class="quiet">Cancel</button>
    </form>`;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${provider} (simulator)</title>
  <style>
    body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; }
    button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; background: #0a58ca; color: #fff; }
    button.quiet { background: #e9ecef; color: #212529; }
    [role=status] { padding: .6rem 1rem; background: #fff3cd; border-radius: .4rem; }
  </style>
</head>
<body>
  <h1>${provider} simulator</h1>
  <p>No real money moves here.</p>
  <dl>
    <dt>Reference</dt><dd>${escaped(record.providerRef)}</dd>
    <dt>For</dt><dd>${escaped(record.description)}</dd>
    <dt>Amount</dt><dd>${money(record.amount)}</dd>
    <dt>Paid so far</dt><dd>${money(paidOf(record))}</dd>
  </dl>
  ${message === undefined ? '' : `<p role="status">${escaped(message)}</p>`}
  ${canPay ? form : ''}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
