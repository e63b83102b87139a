import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';

export type SendResetMail = (mail: {
  readonly to: string;
  readonly fullName: string;
  readonly token: string;
}) => Promise<void>;

/** Mails the link under which a new password is chosen. The token stands behind `#`: it reaches no server's log. */
export function resetMailer(
  ses: SESv2Client,
  { from, publicUrl }: { readonly from: string; readonly publicUrl: string },
): SendResetMail {
  return async ({ to, fullName, token }) => {
    const link = `${publicUrl.replace(/\/+$/, '')}/reset-password#token=${token}`;
    // The name is written by whoever signed up: one line, and never part of a link.
    const name = fullName.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 100);
    const text = [
      `Xin chào ${name},`,
      '',
      'Mở liên kết này để đặt mật khẩu mới (dùng một lần, trong 30 phút):',
      link,
      'Nếu bạn không yêu cầu, hãy bỏ qua thư này.',
      '',
      `Hello ${name},`,
      '',
      'Open this link to choose a new password (once, within 30 minutes):',
      link,
      'If you did not ask for it, ignore this mail.',
      '',
    ].join('\n');
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: {
            Subject: { Data: 'Đặt lại mật khẩu / Reset your password', Charset: 'UTF-8' },
            Body: { Text: { Data: text, Charset: 'UTF-8' } },
          },
        },
      }),
    );
  };
}
