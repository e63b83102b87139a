import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetEmailIdentityCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';

export interface DesiredMailIdentity {
  /** An address or a domain; a verified domain covers its addresses. */
  readonly identity: string;
}

export interface ObservedMailIdentity {
  readonly exists: boolean;
  readonly verified: boolean;
}

export interface MailIdentityChange extends Change {
  readonly identity: string;
}

/** The sender of all mails. SES takes no mail from an identity that its owner has not confirmed. */
export function createMailIdentity(
  client: SESv2Client,
): Adapter<DesiredMailIdentity, ObservedMailIdentity, MailIdentityChange> {
  const get = async (identity: string, abortSignal: AbortSignal) =>
    await absent(
      client.send(new GetEmailIdentityCommand({ EmailIdentity: identity }), { abortSignal }),
      'NotFoundException',
    );
  return {
    async observe({ identity }, signal) {
      const own = await get(identity, signal);
      if (own?.VerifiedForSendingStatus === true) return { exists: true, verified: true };
      const domain = identity.split('@')[1];
      const parent = domain === undefined ? undefined : await get(domain, signal);
      if (parent?.VerifiedForSendingStatus === true) return { exists: true, verified: true };
      return { exists: own !== undefined, verified: false };
    },
    diff: diffMailIdentity,
    async apply(changes, abortSignal) {
      for (const { action, identity } of changes) {
        if (action !== 'create') continue;
        await client.send(new CreateEmailIdentityCommand({ EmailIdentity: identity }), { abortSignal });
      }
    },
    async remove({ identity }, abortSignal) {
      await absent(
        client.send(new DeleteEmailIdentityCommand({ EmailIdentity: identity }), { abortSignal }),
        'NotFoundException',
      );
    },
  };
}

export function diffMailIdentity(
  { identity }: DesiredMailIdentity,
  observed: ObservedMailIdentity,
): MailIdentityChange[] {
  const target = `mail identity ${identity}`;
  if (observed.verified) return [];
  if (!observed.exists) return [{ target, action: 'create', reason: 'does not exist', identity }];
  return [
    { target, action: 'wait', reason: 'SES has sent a confirmation: follow its link, or verify the domain', identity },
  ];
}
