import { readThroughGateway } from '#operator/external/gateway-calls.ts';
import { GRPC_SERVICES, type Ticketing } from '#operator/external/ticketing.ts';
import type { ServiceName } from '#proto/names.ts';
import type { PrescaleLine } from './line.ts';

export interface WarmUpScope {
  readonly eventId: string;
  readonly ticketing: Ticketing;
  /** Replicas wanted of the gateway: each gets its share of the reads. */
  readonly gatewayReplicas: number;
  readonly signal: AbortSignal;
}

/** First requests cost up to 2.4 times a warm one: connections, JIT, pools. Real reads leave no trace. */
const READS_PER_REPLICA = 30;

/**
 * What is warmed anew when it changes: what the sale wants to stand. Replicas that an autoscaler adds beyond that come while
 * buyers are here, and those warm them; a burst of reads at every step of it would be load at the worst time.
 */
export function warmKey(workloads: readonly PrescaleLine[]): string {
  return workloads.map(({ what, want }) => `${what} ${want}`).join(', ');
}

/** Every gRPC service says SERVING by its own health check. */
export async function servingLine({ ticketing, signal }: WarmUpScope): Promise<PrescaleLine> {
  const answers = await Promise.all(
    GRPC_SERVICES.map(async (service: ServiceName) => ({
      service,
      serving: await ticketing.isServing(service, signal).catch(() => false),
    })),
  );
  const silent = answers.filter((answer) => !answer.serving).map((answer) => answer.service);
  const line = {
    what: 'serving',
    want: `${answers.length} services`,
    have: `${answers.length - silent.length} services`,
    ready: silent.length === 0,
  };
  return silent.length === 0 ? line : { ...line, message: `not serving by gRPC health: ${silent.join(', ')}` };
}

/** Reads what buyers read first through the gateway, so that code paths, pools and caches are warm. */
export async function warmUp(scope: WarmUpScope): Promise<PrescaleLine> {
  const count = READS_PER_REPLICA * scope.gatewayReplicas;
  const { succeeded, failure } = await readThroughGateway(scope.ticketing, scope.eventId, count, scope.signal);
  const line = { what: 'warm-up', want: `${count} reads`, have: `${succeeded} reads`, ready: succeeded >= count };
  return failure === undefined ? line : { ...line, message: failure };
}
