import type { TicketBottlePlatform } from './platform.gen.ts';

type Held = Pick<TicketBottlePlatform, 'status'>;

/** The Lease of the operator that looks after a platform and its sales; undefined until the first one has come. */
export const operatorOf = ({ status }: Held): string | undefined => status?.operator?.lease;

/** Whether another operator looks after it: then this one touches neither the platform nor its sales. */
export const isElsewhere = (platform: Held, lease: string): boolean => (operatorOf(platform) ?? lease) !== lease;
