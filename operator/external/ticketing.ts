import { service as healthDefinition } from 'grpc-health-check';
import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  EventQueryServiceDefinition,
  EventQueryServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventQueryService.ts';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { type ClientLifetime, type ClientTls, createClient } from '#runtime/grpc-client.ts';
import type { CallOptions, ClientOf } from '#runtime/grpc-types.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import { loadService } from '#runtime/proto-loader.ts';

type EventCommands = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;
type EventQueries = ClientOf<EventQueryServiceDefinition, EventQueryServiceHandlers>;
type Inventory = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers>;
type Orders = ClientOf<OrderServiceDefinition, OrderServiceHandlers>;
type Waitroom = ClientOf<WaitroomServiceDefinition, WaitroomServiceHandlers>;
interface Health {
  check(request: { service: string }, options?: CallOptions): Promise<{ status: string | number }>;
}

export const GRPC_SERVICES = SERVICES.filter((service) => service !== 'gateway');

/** The services of one platform, as the operator calls them. */
export interface Ticketing {
  readonly events: EventCommands & EventQueries;
  readonly inventory: Inventory;
  readonly orders: Orders;
  readonly waitroom: Waitroom;
  /** `http://host:port` of the gateway inside the cluster. */
  readonly gatewayUrl: string;
  /** gRPC health v1: true when the service says SERVING. Throws when nobody answers. */
  isServing(service: ServiceName, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface TicketingDeps {
  /** Folder that holds proto/. */
  readonly root: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Registry;
  /** `host:port` of a service. */
  readonly addressOf: (service: ServiceName) => string;
  /** Where services want to see a certificate. */
  readonly tls?: ClientTls | undefined;
}

/** Address of a platform's service inside the cluster. */
export function clusterAddress(platform: { namespace: string; name: string }, service: ServiceName): string {
  return `${platform.name}-${service}.${platform.namespace}.svc.cluster.local:${SERVICE_PORT[service]}`;
}

export function connectTicketing(deps: TicketingDeps): Ticketing {
  const { root, log, clock, metrics, addressOf, tls } = deps;
  const opened: ClientLifetime[] = [];
  function open<T extends object>(service: ServiceName, file: string, name: string): T {
    const client = createClient<T>({
      address: addressOf(service),
      definition: loadService(root, `ticketbottle/${file}`, `ticketbottle.${name}`),
      log,
      clock,
      metrics,
      tls,
    });
    opened.push(client);
    return client;
  }
  const commands = open<EventCommands>('event', 'event/v1/event.proto', 'event.v1.EventCommandService');
  const queries = open<EventQueries>('event', 'event/v1/event.proto', 'event.v1.EventQueryService');
  const health = new Map<ServiceName, Health & ClientLifetime>();

  return {
    events: { ...queries, ...commands },
    inventory: open<Inventory>('inventory', 'inventory/v1/inventory.proto', 'inventory.v1.InventoryService'),
    orders: open<Orders>('order', 'order/v1/order.proto', 'order.v1.OrderService'),
    waitroom: open<Waitroom>('waitroom', 'waitroom/v1/waitroom.proto', 'waitroom.v1.WaitroomService'),
    gatewayUrl: `http://${addressOf('gateway')}`,
    async isServing(service, signal) {
      let client = health.get(service);
      if (client === undefined) {
        client = createClient<Health>({ address: addressOf(service), definition: healthDefinition, log, clock, tls });
        health.set(service, client);
        opened.push(client);
      }
      const { status } = await client.check({ service: '' }, { signal, deadlineMs: 2_000, idempotent: true });
      return status === 'SERVING' || status === 1;
    },
    close() {
      for (const client of opened) client.close();
    },
  };
}
