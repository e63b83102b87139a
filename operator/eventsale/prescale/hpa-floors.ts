import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { scaleInPolicy } from '#operator/api/platform-marks.ts';
import type { Applier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { fieldOwners } from '#operator/kube/field-owners.ts';
import { apiVersion, HPA, type KubeObject } from '#operator/kube/resource.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import { guarded, type PrescaleLine } from './line.ts';

export const FLOOR_MANAGER = 'ticketbottle-eventsale';
/** Holds a field for the moment between our letting go of it and the platform's next apply. */
const RETURN_MANAGER = 'ticketbottle-eventsale-return';

export interface Hpa extends KubeObject {
  spec: {
    minReplicas?: number;
    maxReplicas: number;
    behavior?: { scaleDown?: { selectPolicy?: string } };
  };
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

/**
 * The autoscaler jumps to minReplicas in one step, past every scaling policy; replicas of a Deployment are never touched.
 * What it adds beyond the floor stays until the sale lets go: a lull between two waves of buyers must cost nobody a stream.
 */
export async function raiseFloors(scope: FloorScope): Promise<PrescaleLine[]> {
  const managed = SERVICES.filter((service) => scope.platform.spec.services[service].managed);
  const lines = await Promise.all(
    managed.map((service) =>
      guarded(`floor/${service}`, `at least ${floorOf(scope, service)}`, scope.signal, () =>
        raiseFloor(scope, service),
      ),
    ),
  );
  const off = managed.filter((service) => policyOf(scope.hpaOf(service)) === 'Disabled').length;
  return [
    ...lines,
    { what: 'scale-in', want: `off on ${managed.length}`, have: `off on ${off}`, ready: off === managed.length },
  ];
}

async function raiseFloor(scope: FloorScope, service: ServiceName): Promise<PrescaleLine> {
  const what = `floor/${service}`;
  const floor = floorOf(scope, service);
  const hpa = scope.hpaOf(service);
  if (hpa === undefined)
    return {
      what,
      want: `at least ${floor}`,
      have: 'no autoscaler',
      ready: false,
      message: `HorizontalPodAutoscaler ${scope.platform.metadata.name}-${service} is not there yet: see the platform's conditions`,
    };
  await hold(scope, hpa, service);
  const have = hpa.spec.minReplicas ?? 1;
  return { what, want: `at least ${floor}`, have: String(have), ready: have >= floor };
}

/** Gives every autoscaler back to the platform, to its exact values, or down to what other sales still need. */
export async function releaseFloors(scope: FloorScope): Promise<void> {
  const others = Object.keys(scope.floors).length > 0;
  for (const service of SERVICES) {
    const hpa = scope.hpaOf(service);
    if (hpa === undefined || !isHeld(hpa)) continue;
    if (others) await hold(scope, hpa, service);
    else await letGo(scope, hpa, service);
  }
}

/** Whether a sale holds anything of this autoscaler. */
export function isHeld(hpa: Hpa): boolean {
  return owns(hpa, 'minReplicas') || owns(hpa, 'behavior', 'scaleDown', 'selectPolicy');
}

async function hold(scope: FloorScope, hpa: Hpa, service: ServiceName): Promise<void> {
  const base = scope.platform.spec.services[service].replicas.min;
  const floor = floorOf(scope, service);
  // Where the platform's own value is enough it stays the platform's.
  if (floor <= base && owns(hpa, 'minReplicas')) await handOver(scope, hpa, { minReplicas: base });
  const raised = floor > base ? { minReplicas: floor } : {};
  await scope.applier.apply(HPA, part(hpa, { ...raised, ...scaleIn('Disabled') }), hpa, scope.signal);
}

/** Another holds the values before we let go of them: at no moment does a default of the API server show. */
async function letGo(scope: FloorScope, hpa: Hpa, service: ServiceName): Promise<void> {
  const { platform, client, signal } = scope;
  const { min } = platform.spec.services[service].replicas;
  await handOver(scope, hpa, { minReplicas: min, ...scaleIn(scaleInPolicy(platform)) });
  await client.apply(HPA, part(hpa), { fieldManager: FLOOR_MANAGER, signal });
}

async function handOver({ client, signal }: FloorScope, hpa: Hpa, fields: object): Promise<void> {
  await client.apply(HPA, part(hpa, fields), { fieldManager: RETURN_MANAGER, signal });
}

const scaleIn = (selectPolicy: 'Disabled' | 'Max') => ({ behavior: { scaleDown: { selectPolicy } } });
const policyOf = (hpa: Hpa | undefined) => hpa?.spec.behavior?.scaleDown?.selectPolicy;

function floorOf({ platform, floors }: FloorScope, service: ServiceName): number {
  const base = platform.spec.services[service].replicas.min;
  return Math.max(floors[service] ?? base, base);
}

function owns(hpa: Hpa, ...field: string[]): boolean {
  return fieldOwners(hpa, ['spec', ...field]).includes(FLOOR_MANAGER);
}

/** The autoscaler with only these fields of its spec; without any, nothing of it is ours any more. */
function part({ metadata: { name, namespace } }: Hpa, spec?: object): KubeObject {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return {
    apiVersion: apiVersion(HPA),
    kind: HPA.kind,
    metadata,
    ...(spec === undefined ? {} : { spec }),
  } as KubeObject;
}
