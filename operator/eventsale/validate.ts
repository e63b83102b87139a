import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { EVENT_SALE_SPEC } from '#operator/api/eventsale-schema.gen.ts';
import { problemsWith } from '#operator/api/rules.ts';
import { localTimeProblems } from './validate/local-time.ts';
import { SALE_RULES } from './validate/rules.ts';

type Spec = EventSale['spec'];

/** Neighbours are judged at every pass of every sale; a stored spec never changes, another takes its place. */
const judged = new WeakMap<Spec, readonly string[]>();

/**
 * What is wrong with a sale by itself, each as `field: what is wrong; the mend`; empty when it is sound. The CRD checks the
 * same on writing: this judges objects that came past it, and what CEL in a CRD cannot know (which hour a person meant).
 */
export function validateSale(spec: Spec): readonly string[] {
  const known = judged.get(spec);
  if (known !== undefined) return known;
  const found = [...new Set(problemsWith(EVENT_SALE_SPEC, SALE_RULES, { metadata: { name: '' }, spec }))];
  const problems = found.length > 0 ? found : localTimeProblems(spec.schedule);
  if (typeof spec === 'object' && spec !== null) judged.set(spec, problems);
  return problems;
}

/** The capacity plan's refusals as sentences with a field. */
export function explainCapacityError(error: string): string {
  switch (error) {
    case 'DemandOutOfRange':
      return 'spec.demand.expectedBuyers: is beyond what a platform can be planned for; lower it';
    case 'CheckoutTtlTooShort':
      return 'spec.waitroom.checkoutTTL: is under one minute, too short to pay in; raise it to 60s or more';
    default:
      return `spec: cannot be planned for (${error}); correct spec.demand and spec.waitroom`;
  }
}
