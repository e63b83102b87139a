import { type FunctionName, TOPIC, type Topic } from '#proto/names.ts';

/** What fills a function's queue from Kafka. */
interface QueuePipe {
  readonly name: string;
  readonly topic: Topic;
}

/** What a function is when the spec says nothing else. */
export interface FunctionFacts {
  readonly description: string;
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency: number;
  /** A new version whose 90th percentile is longer than this is taken back, ms. */
  readonly slowMs: number;
  /** Runs in the VPC, beside the database. */
  readonly inVpc: boolean;
  readonly trigger:
    | { readonly kind: 'http' }
    | { readonly kind: 'schedule'; readonly expression: string; readonly retries: number }
    | { readonly kind: 'queue'; readonly pipes: readonly QueuePipe[] };
  readonly uses: readonly ('payment-db' | 'payment-providers' | 'kafka' | 'bucket' | 'mail' | 'links')[];
}

export const FUNCTION_CATALOGUE: Readonly<Record<FunctionName, FunctionFacts>> = {
  'payment-webhook-handler': {
    description: 'Takes the callbacks of payment providers',
    memoryMB: 256,
    timeoutSeconds: 30,
    reservedConcurrency: 100,
    slowMs: 2_000,
    inVpc: true,
    trigger: { kind: 'http' },
    uses: ['payment-db', 'payment-providers'],
  },
  'outbox-processor': {
    description: 'Publishes what the payment outbox still holds',
    memoryMB: 256,
    timeoutSeconds: 60,
    reservedConcurrency: 1,
    slowMs: 45_000,
    inVpc: true,
    trigger: { kind: 'schedule', expression: 'rate(1 minute)', retries: 0 },
    uses: ['payment-db', 'kafka'],
  },
  'outbox-cleanup': {
    description: 'Deletes old outbox events and reports failures',
    memoryMB: 256,
    timeoutSeconds: 120,
    reservedConcurrency: 1,
    slowMs: 100_000,
    inVpc: true,
    trigger: { kind: 'schedule', expression: 'cron(0 2 * * ? *)', retries: 3 },
    uses: ['payment-db'],
  },
  'email-sender': {
    description: 'Sends order confirmations, and word of refunds',
    memoryMB: 256,
    timeoutSeconds: 30,
    reservedConcurrency: 50,
    slowMs: 15_000,
    inVpc: false,
    trigger: {
      kind: 'queue',
      pipes: [
        { name: 'order-paid-email', topic: TOPIC.orderPaid },
        { name: 'order-refunded-email', topic: TOPIC.orderRefunded },
        { name: 'money-returned-email', topic: TOPIC.orderMoneyReturned },
      ],
    },
    uses: ['bucket', 'mail', 'links'],
  },
  'pdf-generator': {
    description: 'Makes the PDF of an order with the QR codes of its tickets',
    memoryMB: 512,
    timeoutSeconds: 300,
    reservedConcurrency: 20,
    slowMs: 120_000,
    inVpc: false,
    trigger: { kind: 'queue', pipes: [{ name: 'order-paid-pdf', topic: TOPIC.orderPaid }] },
    uses: ['bucket'],
  },
};
