import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Client, Connection } from '@temporalio/client';
import type { OrderServiceDefinition, OrderServiceHandlers } from '#proto/gen/ticketbottle/order/v1/OrderService.ts';
import { TOKEN } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { createKafka, type HandlerVerdict, type ReceivedMessage } from '#runtime/kafka.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics, gauge, histogram } from '#runtime/metrics.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { repeat } from '#runtime/repeat.ts';
import { createJwtVerifier } from '#runtime/tokens.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import {
  createActivities,
  type InventoryClient,
  type PaymentClient,
  type WaitroomClient,
} from './activities/activities.ts';
import { createEventActivities } from './activities/cancelled-event.ts';
import { createEventFacts, type EventQueryClient } from './activities/event-facts.ts';
import { createNotices } from './activities/notices.ts';
import { orderService } from './api/order-service.ts';
import { readConfig } from './config.ts';
import { ticketSigner } from './domain/tickets.ts';
import { watchCancelledEvents } from './events/cancelled-events.ts';
import { handlePaymentEvent, PAYMENT_TOPICS } from './events/payment-events.ts';
import { handleReturnedMoney, RETURNED_MONEY_TOPICS } from './events/returned-money.ts';
import { OrderWorkflows } from './order-workflows.ts';
import { dynamoServiceError } from './store/dynamo-errors.ts';
import { OrderOutbox } from './store/order-outbox.ts';
import { OrderTable } from './store/order-table.ts';
import { ScanTable } from './store/scan-table.ts';
import { traceCalls } from './temporal-traces.ts';
import { installTemporalRuntime, startOrderWorker } from './worker.ts';
import { workerVersion } from './worker-version.ts';

const log = createLogger({ service: 'order', version: process.env['TB_VERSION'] });
startTracing({ service: 'order', version: process.env['TB_VERSION'], env: process.env });

// No SQL here: the orders table belongs to the operator. The command exists so that all services are run the same way.
if (process.argv[2] === 'migrate') log.info('order has no database to migrate');
else await serve();

async function serve(): Promise<void> {
  await runProgram({
    name: 'order',
    log,
    start: async (stack, signal, program) => {
      const config = readConfig(process.env);
      log.level = config.logLevel;
      const metrics = createMetrics('order');
      const { readiness } = program;
      program.flush(() => flushTraces());
      stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));

      const dynamo = DynamoDBDocumentClient.from(
        new DynamoDBClient({
          region: config.aws.region,
          ...(config.aws.endpoint === undefined ? {} : { endpoint: config.aws.endpoint }),
          maxAttempts: 3,
          // Without an end a slow table gathers requests that nobody waits for any longer, in front of those that count.
          requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
        }),
        { marshallOptions: { removeUndefinedValues: true } },
      );
      stack.defer(() => dynamo.destroy());
      const table = new OrderTable({ dynamo, table: config.table, clock });
      const scans = new ScanTable({ dynamo, table: config.table, clock });
      readiness.probe('orders table', async () => void (await table.get('readiness')));

      const kafka = createKafka({ ...config.kafka, clientId: 'order', log });
      const producer = kafka.producer();
      program.flush(() => producer.close());

      const root = repoRoot(import.meta.dirname, config.root);
      const open = <T extends object>(address: string, file: string, name: string) => {
        const definition = loadService(root, `ticketbottle/${file}`, `ticketbottle.${name}`);
        const client = createClient<T>({ address, definition, log, metrics, clock, tls: config.grpcTls });
        stack.defer(() => client.close());
        return client;
      };
      const inventory = open<InventoryClient>(
        config.inventoryAddress,
        'inventory/v1/inventory.proto',
        'inventory.v1.InventoryService',
      );
      const payment = open<PaymentClient>(
        config.paymentAddress,
        'payment/v1/payment.proto',
        'payment.v1.PaymentService',
      );
      const waitroom = open<WaitroomClient>(
        config.waitroomAddress,
        'waitroom/v1/waitroom.proto',
        'waitroom.v1.WaitroomService',
      );
      const events = open<EventQueryClient>(config.eventAddress, 'event/v1/event.proto', 'event.v1.EventQueryService');

      installTemporalRuntime(log);
      const { address, namespace, tls } = config.temporal;
      const connection = await Connection.connect({ address, tls });
      stack.defer(() => connection.close());
      const workflows = new OrderWorkflows({
        client: new Client({ connection, namespace, interceptors: { workflow: [traceCalls] } }),
        clock,
        holdMs: config.holdMs,
        lateMs: config.lateMs,
        refundsPerSecond: config.refundsPerSecond,
      });
      const outbox = new OrderOutbox({ dynamo, table: config.table });
      program.flush(() => outbox.flush());
      const notices = createNotices({
        ...{ table, producer, clock },
        outbox,
        eventFacts: createEventFacts(events, clock),
      });
      const saga = histogram(metrics, 'order_saga_seconds', 'From the money to the tickets and their message', []);
      const activities = createActivities({
        clock,
        onTickets: (seconds) => saga.observe(seconds),
        table,
        inventory,
        payment,
        waitroom,
        notices,
        signer: ticketSigner(config.ticketKey),
      });
      const oldest = gauge(
        metrics,
        'order_outbox_oldest_age_seconds',
        'Age of the oldest notice that its saga did not tell',
      );
      const sweeping = repeat({
        ...{ name: 'outbox', everyMs: config.outboxSweepMs, clock, log, signal },
        work: async () => {
          const { count, oldestMs, failure } = await notices.sweep();
          oldest.set(oldestMs / 1000);
          if (count > 0) log.warn({ count }, 'notices told from the outbox');
          if (failure !== undefined) throw failure;
          return false;
        },
      });
      program.drain(() => sweeping);
      const buildId = config.version;
      const worker = await startOrderWorker({
        address,
        tls,
        namespace,
        activities: { ...activities, ...createEventActivities({ inventory, workflows }) },
        maxActivities: config.maxActivities,
        buildId,
        log,
        dir: import.meta.dirname,
      });
      worker.done.catch((error: unknown) => program.fail(error));
      program.drain(() => worker.stop());
      if (buildId !== undefined) {
        const version = workerVersion({ connection, namespace, buildId, clock, log });
        await version.become(signal);
        const watching = repeat({
          ...{ name: 'worker version', everyMs: 15_000, clock, log, signal },
          work: async () => {
            await version.takeOverFromNobody();
            return false;
          },
        });
        program.drain(() => watching);
      }

      const seeCancelled = watchCancelledEvents(events, workflows);
      const watchingEvents = repeat({
        ...{ name: 'cancelled events', everyMs: config.cancelledEventsMs, clock, log, signal },
        work: async () => {
          await seeCancelled();
          return false;
        },
      });
      program.drain(() => watchingEvents);

      const definition = loadService<OrderServiceDefinition>(
        root,
        'ticketbottle/order/v1/order.proto',
        'ticketbottle.order.v1.OrderService',
      );
      const verifyToken = createJwtVerifier({
        jwks: config.admissionKeys,
        clock,
        issuer: TOKEN.issuer,
        audience: TOKEN.admissionAudience,
      });
      const server = await startGrpcServer({
        services: [
          bindService<OrderServiceHandlers>(
            definition,
            orderService({ table, scans, workflows, payment, inventory, activities, verifyToken, clock }),
          ),
        ],
        port: config.grpcPort,
        tls: config.grpcTls,
        callers: config.grpcCallers,
        log,
        metrics,
        readiness,
        clock,
        mapError: dynamoServiceError,
      });
      stack.use(server);
      program.drain((deadline) => server.drain(deadline));

      const park = (message: ReceivedMessage, reason: string) =>
        table.park(`${message.topic}/${message.partition}/${message.offset}`, {
          topic: message.topic,
          value: message.value.toString(),
          reason,
        });
      const hear = (
        groupId: string,
        topics: readonly string[],
        handler: (message: ReceivedMessage) => Promise<HandlerVerdict>,
      ) => {
        const consumer = kafka.runConsumer({ groupId, topics, clock, metrics, handler, park });
        program.stopIntake(() => consumer.stop());
      };
      hear('order', PAYMENT_TOPICS, (message) => handlePaymentEvent(workflows, message));
      // A group of its own: where its topic is not there yet, or cannot be told on, orders hear of their money all the same.
      hear('order-returned-money', RETURNED_MONEY_TOPICS, (message) => handleReturnedMoney(notices, message));
      log.info({ port: server.port, namespace }, 'order serves');
    },
  });
}
