import type {
  EventCommandServiceDefinition,
  EventCommandServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import type {
  EventQueryServiceDefinition,
  EventQueryServiceHandlers,
} from '#proto/gen/ticketbottle/event/v1/EventQueryService.ts';
import type { SaleServiceDefinition, SaleServiceHandlers } from '#proto/gen/ticketbottle/event/v1/SaleService.ts';
import type {
  InventoryServiceDefinition,
  InventoryServiceHandlers,
} from '#proto/gen/ticketbottle/inventory/v1/InventoryService.ts';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import type {
  WaitroomServiceDefinition,
  WaitroomServiceHandlers,
} from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import { type ClientTls, createClient } from '#runtime/grpc-client.ts';
import type { ClientOf } from '#runtime/grpc-types.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import { loadService } from '#runtime/proto-loader.ts';

export type UserClient = ClientOf<UserServiceDefinition, UserServiceHandlers>;
export type EventClient = ClientOf<EventQueryServiceDefinition, EventQueryServiceHandlers>;
export type EventCommandClient = ClientOf<EventCommandServiceDefinition, EventCommandServiceHandlers>;
export type SaleClient = ClientOf<SaleServiceDefinition, SaleServiceHandlers>;
export type InventoryClient = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers>;
export type OrderClient = ClientOf<OrderServiceDefinition, OrderServiceHandlers>;
export type WaitroomClient = ClientOf<WaitroomServiceDefinition, WaitroomServiceHandlers>;

export interface Clients {
  readonly users: UserClient;
  readonly events: EventClient;
  readonly eventCommands: EventCommandClient;
  readonly sales: SaleClient;
  readonly inventory: InventoryClient;
  readonly orders: OrderClient;
  readonly waitroom: WaitroomClient;
}

export interface ClientsOptions {
  readonly root: string;
  readonly addresses: Readonly<Record<'user' | 'event' | 'inventory' | 'order' | 'waitroom', string>>;
  readonly tls?: ClientTls | undefined;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly stack: AsyncDisposableStack;
}

/** The services behind the gateway; one channel each. They connect when first used. */
export function openClients({ root, addresses, tls, log, metrics, stack }: ClientsOptions): Clients {
  const open = <T extends object>(address: string, file: string, service: string): T => {
    const definition = loadService(root, `ticketbottle/${file}`, `ticketbottle.${service}`);
    return stack.use(createClient<T>({ address, definition, tls, log, metrics }));
  };
  return {
    users: open<UserClient>(addresses.user, 'user/v1/user.proto', 'user.v1.UserService'),
    events: open<EventClient>(addresses.event, 'event/v1/event.proto', 'event.v1.EventQueryService'),
    eventCommands: open<EventCommandClient>(addresses.event, 'event/v1/event.proto', 'event.v1.EventCommandService'),
    sales: open<SaleClient>(addresses.event, 'event/v1/sale.proto', 'event.v1.SaleService'),
    inventory: open<InventoryClient>(
      addresses.inventory,
      'inventory/v1/inventory.proto',
      'inventory.v1.InventoryService',
    ),
    orders: open<OrderClient>(addresses.order, 'order/v1/order.proto', 'order.v1.OrderService'),
    waitroom: open<WaitroomClient>(addresses.waitroom, 'waitroom/v1/waitroom.proto', 'waitroom.v1.WaitroomService'),
  };
}
