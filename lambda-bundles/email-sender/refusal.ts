/**
 * Why SES will never send this mail to this address, however often it is asked; undefined when the fault may be ours or pass.
 * Source: SES API, SendEmail: MessageRejected is about content or identity as well, so only what names the recipient counts.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const aboutRecipient =
    /address (is )?(invalid|not valid)|illegal address|invalid (email )?address|missing final|domain (contains|starts|ends)|local address contains|suppress|blacklist/i;
  if (!['BadRequestException', 'MessageRejected', 'InvalidParameterValue'].includes(error.name)) return undefined;
  return aboutRecipient.test(error.message) ? error.message.slice(0, 200) : undefined;
}
