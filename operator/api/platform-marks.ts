import type { TicketBottlePlatform } from './platform.gen.ts';

/** On a platform, with value "true": as spec.suspend, for whoever may not edit the spec. */
export const PAUSED = 'ticketbottle.io/paused';

/** On a platform, with value "true": autoscalers add pods and take none away. */
export const PAUSE_SCALE_IN = 'ticketbottle.io/pause-scale-in';

type Marked = Pick<TicketBottlePlatform, 'metadata'>;

export const isMarked = ({ metadata }: Marked, mark: typeof PAUSED | typeof PAUSE_SCALE_IN): boolean =>
  metadata.annotations?.[mark] === 'true';

/** How the autoscalers of a platform take pods away when no sale holds them. */
export const scaleInPolicy = (platform: Marked): 'Disabled' | 'Max' =>
  isMarked(platform, PAUSE_SCALE_IN) ? 'Disabled' : 'Max';
