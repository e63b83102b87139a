import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

/** The image of a service, and the version that it reports. */
export function imageOf(platform: TicketBottlePlatform, service: ServiceName): { image: string; version: string } {
  const { imageRegistry, version: common, services } = platform.spec;
  const own = services[service];
  const version = own.version ?? common;
  return { image: own.image ?? `${imageRegistry}/${service}:${version}`, version };
}
