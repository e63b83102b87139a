import type { TicketBottlePlatform } from './platform.gen.ts';

/** On a platform, with value "true": as spec.suspend, for whoever may not edit the spec. */
export const PAUSED = 'ticketbottle.io/paused';

/** On a platform, with value "true": autoscalers add pods and take none away. */
export const PAUSE_SCALE_IN = 'ticketbottle.io/pause-scale-in';

/** On a platform, with value "true": signing keys that are gone may be made anew, once. Whatever the old ones signed is void. */
export const NEW_SIGNING_KEYS = 'ticketbottle.io/new-signing-keys';

type Mark = typeof PAUSED | typeof PAUSE_SCALE_IN | typeof NEW_SIGNING_KEYS;
type Marked = Pick<TicketBottlePlatform, 'metadata'>;

export const isMarked = ({ metadata }: Marked, mark: Mark): boolean => metadata.annotations?.[mark] === 'true';

/** How the autoscalers of a platform take pods away when no sale holds them. */
export const scaleInPolicy = (platform: Marked): 'Disabled' | 'Max' =>
  isMarked(platform, PAUSE_SCALE_IN) ? 'Disabled' : 'Max';
