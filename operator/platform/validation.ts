import { FUNCTIONS, SERVICES } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

const MAX_FUNCTION_MS = 15 * 60_000;

/** What the CRD's own rules cannot see, or could not see when the object was stored. Empty when the spec is sound. */
export function problemsOf({ spec }: TicketBottlePlatform): string[] {
  const problems: string[] = [];
  for (const name of FUNCTIONS) {
    const { timeout, rollout } = spec.lambda.functions[name];
    const at = `spec.lambda.functions.${name}`;
    if (timeout !== undefined && durationMs(timeout) > MAX_FUNCTION_MS)
      problems.push(`${at}.timeout is ${timeout}, AWS allows 15m at most`);
    if (rollout.steps.some((step, index) => step <= (rollout.steps[index - 1] ?? 0)))
      problems.push(`${at}.rollout.steps must rise, for example [10, 50, 100]`);
  }
  for (const name of SERVICES) {
    const { min, max } = spec.services[name].replicas;
    if (min > max) problems.push(`spec.services.${name}.replicas: min ${min} is above max ${max}`);
  }
  if (spec.ingress.nodePort !== undefined && spec.ingress.serviceType === 'ClusterIP')
    problems.push('spec.ingress.nodePort needs serviceType NodePort or LoadBalancer');
  return problems;
}
