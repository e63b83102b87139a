import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import type { Applier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { fieldOwners } from '#operator/kube/field-owners.ts';
import { apiVersion, HPA, type KubeObject } from '#operator/kube/resource.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { PrescaleLine } from './line.ts';

export const FLOOR_MANAGER = 'ticketbottle-eventsale';
/** To whom a floor goes back: the manager of the platform's own value. */
const PLATFORM_MANAGER = 'ticketbottle-operator';

export interface Hpa extends KubeObject {
  spec: { minReplicas?: number; maxReplicas: number };
  status?: { currentReplicas?: number; desiredReplicas?: number };
}

export interface FloorScope {
  readonly platform: TicketBottlePlatform;
  /** Wanted replicas per service, summed over sales; none when no sale needs any. */
  readonly floors: Readonly<Partial<Record<ServiceName, number>>>;
  readonly hpaOf: (service: ServiceName) => Hpa | undefined;
  /** Applies under FLOOR_MANAGER. */
  readonly applier: Applier;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/** The autoscaler jumps to minReplicas in one step, past every scaling policy; replicas of a Deployment are never touched. */
export async function raiseFloors(scope: FloorScope): Promise<PrescaleLine[]> {
  const managed = SERVICES.filter((service) => scope.platform.spec.services[service].managed);
  return Promise.all(managed.map((service) => raiseFloor(scope, service)));
}

async function raiseFloor(scope: FloorScope, service: ServiceName): Promise<PrescaleLine> {
  const what = `floor/${service}`;
  const base = scope.platform.spec.services[service].replicas.min;
  const floor = Math.max(scope.floors[service] ?? base, base);
  const hpa = scope.hpaOf(service);
  if (hpa === undefined)
    return {
      what,
      want: `at least ${floor}`,
      have: 'no autoscaler',
      ready: false,
      message: `HorizontalPodAutoscaler ${scope.platform.metadata.name}-${service} is not there yet: see the platform's conditions`,
    };
  if (floor > base) {
    await scope.applier.apply(HPA, floorOf(hpa, floor), hpa, scope.signal);
  } else {
    await handBack(scope, hpa, base);
  }
  const have = hpa.spec.minReplicas ?? 1;
  return { what, want: `at least ${floor}`, have: String(have), ready: have >= floor };
}

/** Gives every floor back to the platform, to its exact value, or down to what other sales still need. */
export async function releaseFloors(scope: FloorScope): Promise<void> {
  for (const service of SERVICES) {
    const hpa = scope.hpaOf(service);
    if (hpa === undefined || !isFloored(hpa)) continue;
    const base = scope.platform.spec.services[service].replicas.min;
    const floor = scope.floors[service] ?? base;
    if (floor > base) await scope.applier.apply(HPA, floorOf(hpa, floor), hpa, scope.signal);
    else await handBack(scope, hpa, base);
  }
}

/** Whether a sale's floor stands on this autoscaler. */
export function isFloored(hpa: Hpa): boolean {
  return fieldOwners(hpa, ['spec', 'minReplicas']).includes(FLOOR_MANAGER);
}

/**
 * A plain patch to another value takes the field away from us, so there is no moment without a value (an apply without the
 * field would let the API server's default of 1 in). A patch to the same value takes nothing: then we drop it first.
 */
async function handBack({ client, signal }: FloorScope, hpa: Hpa, base: number): Promise<void> {
  if (!isFloored(hpa)) return;
  const { namespace = '', name } = hpa.metadata;
  if (hpa.spec.minReplicas === base) await client.apply(HPA, bare(hpa), { fieldManager: FLOOR_MANAGER, signal });
  await client.mergePatch(
    HPA,
    namespace,
    name,
    { spec: { minReplicas: base } },
    { fieldManager: PLATFORM_MANAGER, signal },
  );
}

function bare(hpa: Hpa): KubeObject {
  const { name, namespace } = hpa.metadata;
  return {
    apiVersion: apiVersion(HPA),
    kind: HPA.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function floorOf(hpa: Hpa, minReplicas: number): KubeObject {
  return { ...bare(hpa), spec: { minReplicas } } as KubeObject;
}
