import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { PLATFORM_SPEC } from '../api/platform-schema.gen.ts';
import { problemsWith } from '../api/rules.ts';
import { lackingDefaults } from '../api/structural.ts';
import { PLATFORM_RULES } from './validation-rules.ts';

/** Looked at in every pass; a stored spec never changes, another takes its place. */
const lackingIn = new WeakMap<object, readonly string[]>();

/** What an API server whose definition of platforms is older than this operator does not fill in; the code counts on it. */
export function olderDefinition({ spec }: Pick<TicketBottlePlatform, 'spec'>): string | undefined {
  const lacking = lackingIn.get(spec) ?? lackingDefaults(PLATFORM_SPEC, spec, 'spec');
  if (typeof spec === 'object' && spec !== null) lackingIn.set(spec, lacking);
  if (lacking.length === 0) return undefined;
  return `${lacking.slice(0, 3).join(', ')}: the CustomResourceDefinition in this cluster is older than the operator and does not fill this in; nothing is changed until it is applied: kubectl apply --server-side -k config/crd, or helm upgrade with crds.install=true`;
}

/**
 * What is wrong with a platform by itself, each as `field: what is wrong; the mend`; empty when it is sound. The CRD checks the
 * same on writing: this judges objects that came past it, or were stored before a rule was made.
 */
export function problemsOf(platform: Pick<TicketBottlePlatform, 'metadata' | 'spec'>): string[] {
  return [...new Set(problemsWith(PLATFORM_SPEC, PLATFORM_RULES, platform))];
}
