import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { PLATFORM_SPEC } from '../api/platform-schema.gen.ts';
import { problemsWith } from '../api/rules.ts';
import { PLATFORM_RULES } from './validation-rules.ts';

/**
 * What is wrong with a platform by itself, each as `field: what is wrong; the mend`; empty when it is sound. The CRD checks the
 * same on writing: this judges objects that came past it, or were stored before a rule was made.
 */
export function problemsOf(platform: Pick<TicketBottlePlatform, 'metadata' | 'spec'>): string[] {
  return [...new Set(problemsWith(PLATFORM_SPEC, PLATFORM_RULES, platform))];
}
