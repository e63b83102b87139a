import { ApiException } from '@kubernetes/client-node';
import {
  aborted,
  failedPrecondition,
  invalidArgument,
  notFound,
  permissionDenied,
  type ServiceError,
  unavailable,
} from '#runtime/errors.ts';

interface Refusal {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** What the Kubernetes API said, as something an organiser can act on. */
export function refusalOf(error: unknown): ServiceError {
  if (!(error instanceof ApiException))
    return unavailable('SCHEDULER_UNAVAILABLE', 'sales cannot be scheduled right now; try again in a minute', {
      cause: error,
    });
  const said = bodyOf(error);
  switch (error.code) {
    case 404:
      return notFound('SALE_NOT_FOUND', 'there is no such sale');
    case 409:
      return changed(error);
    case 400:
    case 422: {
      if (said.details?.causes?.some(({ message = '' }) => FAILED_TEST.test(message))) return changed(error);
      // The last cause of a refusal may only say that not everything was looked at.
      const causes = (said.details?.causes ?? []).filter(({ field = '' }) => field !== '' && field !== '<nil>');
      const lines =
        causes.length > 0
          ? causes.map(({ field = '', message = '' }) => plain(`${field}: ${message}`))
          : [plain(said.message ?? '')];
      return invalidArgument('INVALID_SALE', lines.join('. '), { details: { problems: lines }, cause: error });
    }
    case 403: {
      const denied = /denied request: ([\s\S]*)$/.exec(said.message ?? '')?.[1];
      return denied === undefined
        ? permissionDenied(
            'SCHEDULING_FORBIDDEN',
            'this service has no right to schedule sales; ops apply config/organisers',
            { cause: error },
          )
        : failedPrecondition('SALE_REFUSED', plain(denied), { cause: error });
    }
    default:
      return unavailable('SCHEDULER_UNAVAILABLE', 'sales cannot be scheduled right now; try again in a minute', {
        cause: error,
      });
  }
}

/** What the API server says when a "test" of a JSON patch does not hold. */
const FAILED_TEST = /^testing value \S+ failed|^testing path /;

function changed(cause: unknown): ServiceError {
  return aborted('SALE_CHANGED', 'somebody changed the sale at the same time; look at it again and repeat', { cause });
}

function bodyOf({ body }: ApiException<unknown>): Refusal {
  if (typeof body !== 'string') return (body ?? {}) as Refusal;
  try {
    return JSON.parse(body) as Refusal;
  } catch {
    return { message: body };
  }
}

/** Fields of the object by the names that callers of this service know. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/spec\.ticketClasses/g, 'content.classes'],
  [/spec\.schedule\.preQueueAt|preQueueAt/g, 'content.pre_queue_time'],
  [/spec\.schedule\.opensAt|opensAt/g, 'content.open_time'],
  [/spec\.schedule\.closesAt|closesAt/g, 'content.close_time'],
  [/(spec\.schedule\.)?timeZone/g, 'content.time_zone'],
  [/spec\.event\.startsAt/g, 'content.start_time'],
  [/spec\.event\.name/g, 'content.event_name'],
  [/spec\.event\./g, 'content.'],
  [/spec\.demand\.expectedBuyers|expectedBuyers/g, 'content.expected_buyers'],
  [/spec\.demand\.peakJoinsPerSecond/g, 'content.peak_joins_per_second'],
  [/maxPerOrder/g, 'max_per_order'],
  [/maxPerAccount/g, 'max_per_account'],
  [/price\.amountMinor/g, 'price.amount_minor'],
];

function plain(text: string): string {
  const short = text
    .replace(/: Invalid value: (?:"(?:[^"\\]|\\.)*"|[^:\s]+): /, ': ')
    .replace(/: Invalid value: /, ': ')
    .replace(/^spec\.schedule: unknown time zone (\S+) evaluating rule: /, 'timeZone: $1 ');
  return NAMES.reduce((said, [field, name]) => said.replaceAll(field, name), short);
}
