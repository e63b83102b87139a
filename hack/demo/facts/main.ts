/**
 * Reads what really happened from the stores themselves, not from the services: bucket, mailbox, order table, databases,
 * and the provider's own books. Runs where the stores can be reached. usage: main.ts OPTIONS.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Gateway } from '../buyers/gateway.ts';
import { Provider } from '../buyers/provider.ts';
import { readMailbox } from './mailbox.ts';
import { readOrders } from './orders.ts';
import { readPdfs } from './pdfs.ts';
import { readLinks, readStock } from './stores.ts';

export interface FactsOptions {
  readonly eventId: string;
  readonly gatewayUrl: string;
  readonly providersUrl: string;
  readonly aws: { endpoint?: string; region: string; accessKeyId: string; secretAccessKey: string };
  readonly postgres: { host: string; port: number; username: string; password: string };
  readonly table: string;
  readonly bucket: string;
  readonly admin: { email: string; password: string };
  /** Some of the tickets and mails are saved here. */
  readonly outDir: string;
  readonly file: string;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8')) as FactsOptions;
const aws = {
  region: options.aws.region,
  ...(options.aws.endpoint === undefined ? {} : { endpoint: options.aws.endpoint }),
  credentials: { accessKeyId: options.aws.accessKeyId, secretAccessKey: options.aws.secretAccessKey },
};
const provider = new Provider(options.providersUrl);
const gateway = new Gateway(options.gatewayUrl, 4);

const [money, orders, links, stock, mailedOrderIds, admissions, tick] = await Promise.all([
  provider.ledger(),
  readOrders(aws, options.table, options.eventId),
  readLinks(options.postgres, options.eventId),
  readStock(options.postgres, options.eventId),
  readMailbox(options.aws.endpoint, options.outDir),
  readAdmissions(),
  gateway.tick(options.eventId),
]);
const pdfOrderIds = await readPdfs(aws, options.bucket, new Set(orders.map((order) => order.id)), options.outDir);
await Promise.all([provider.close(), gateway.close()]);

// The simulator serves every sale of this cluster; only this sale's links are this sale's business.
const orderOfLink = new Map(links.map((link) => [link.providerRef, link.orderId]));
const refOfOrder = new Map(links.filter((link) => link.newest).map((link) => [link.orderId, link.providerRef]));
writeFileSync(
  options.file,
  JSON.stringify({
    money: money.filter((row) => orderOfLink.has(row.providerRef)),
    orders: orders.map((order) => ({ ...order, providerRef: refOfOrder.get(order.id) ?? '' })),
    stock,
    admissions,
    draw: { seed: tick.seed ?? '', seedCommitment: tick.seedCommitment, shuffledCount: Number(tick.shuffledCount) },
    pdfOrderIds,
    mailedOrderIds,
  }),
);

async function readAdmissions() {
  const admin = await gateway.signIn(options.admin.email, options.admin.password);
  const rows = await gateway.admissions(admin, options.eventId);
  return rows.map(({ grantTime, ...row }) => ({ ...row, grantMs: Date.parse(grantTime) }));
}
