import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import PDFDocument from 'pdfkit';
import QRCode from 'qrcode';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';

/** Orders of one round, and tickets of each. */
const ORDERS = 60;
const TICKETS = 4;
const perSecond = (side: string) => ({ side, figure: 'ticketsPerSecond' });

export const benchmark: Benchmark = {
  name: 'pdf',
  title: `Tickets as PDF on one core: orders of ${TICKETS}, a page with a signed QR code each.`,
  lines: [
    {
      id: 'against-bare',
      title: 'tickets of the pdf-generator against bare pdfkit + qrcode calls (text and a PNG code)',
      unit: 'tickets/s per core',
      better: 'higher',
      ours: perSecond('ours'),
      peer: { ...perSecond('bare'), name: 'pdfkit + qrcode' },
      sameWork: ['tickets', 'pages'],
      target: { atLeast: 1 },
    },
    {
      id: 'size',
      title: 'size of the document of an order',
      unit: 'kB',
      better: 'lower',
      ours: { side: 'ours', figure: 'kB' },
      peer: { side: 'bare', figure: 'kB', name: 'pdfkit + qrcode' },
      sameWork: ['tickets', 'pages'],
    },
  ],
  open,
};

interface Order {
  readonly event: { readonly name: string };
  readonly fullName: string;
  readonly tickets: readonly { readonly className: string; readonly qrPayload: string }[];
}

interface Fonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
}

async function open({ root }: BenchContext): Promise<OpenBenchmark> {
  const fontDir = join(root, 'node_modules/@expo-google-fonts/be-vietnam-pro');
  const fonts: Fonts = {
    regular: readFileSync(join(fontDir, '400Regular/BeVietnamPro_400Regular.ttf')),
    bold: readFileSync(join(fontDir, '700Bold/BeVietnamPro_700Bold.ttf')),
  };
  // The program under test is loaded, not linked: a tool imports no program.
  const bundle = join(root, 'lambda-bundles', 'pdf-generator');
  const { ticketDocument } = (await import(join(bundle, 'ticket-document.ts'))) as {
    ticketDocument: (order: Order, fonts: Fonts) => Promise<Buffer>;
  };
  const { sampleOrder } = (await import(join(bundle, 'sample-order.ts'))) as { sampleOrder: Order };
  const [ticket] = sampleOrder.tickets;
  if (ticket === undefined) throw new Error('the sample order has no ticket');
  const tickets = Array.from({ length: TICKETS }, (_, n) => ({ ...ticket, qrPayload: `${ticket.qrPayload}${n}` }));
  const order = { ...sampleOrder, tickets };
  const side = (name: string, draw: (order: Order, fonts: Fonts) => Promise<Buffer>) => ({
    name,
    round: () => measure(() => draw(order, fonts)),
  });
  return {
    sides: [side('ours', ticketDocument), side('bare', bareDocument)],
    conditions: { orders: ORDERS, ticketsPerOrder: TICKETS, qrBytes: Buffer.byteLength(tickets[0]?.qrPayload ?? '') },
    versions: { pdfkit: versionOf(root, 'pdfkit'), qrcode: versionOf(root, 'qrcode') },
    async [Symbol.asyncDispose]() {},
  };
}

async function measure(draw: () => Promise<Buffer>): Promise<Measured> {
  const before = process.cpuUsage();
  let bytes = 0;
  let pages = 0;
  for (let n = 0; n < ORDERS; n++) {
    const document = await draw();
    if (document.subarray(0, 5).toString() !== '%PDF-') throw new Error('this is no PDF');
    bytes += document.length;
    pages += document.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const tickets = ORDERS * TICKETS;
  return {
    figures: { ticketsPerSecond: tickets / cpuSeconds, kB: bytes / ORDERS / 1024 },
    work: { tickets, pages },
  };
}

/** What one would write at first: the same facts as text, and the code as a picture. */
async function bareDocument(order: Order, fonts: Fonts): Promise<Buffer> {
  const document = new PDFDocument({ size: 'A5', autoFirstPage: false, font: fonts.regular as unknown as string });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => document.once('end', resolve));
  document.registerFont('regular', fonts.regular);
  document.registerFont('bold', fonts.bold);
  for (const [index, ticket] of order.tickets.entries()) {
    document.addPage();
    document.font('bold').fontSize(24).text(order.event.name);
    document.font('regular').fontSize(11);
    for (const line of [
      `${index + 1} / ${order.tickets.length}`,
      ticket.className,
      'Thứ Bảy, 20 tháng 3, 2027, 19:30',
      'Sân vận động Mỹ Đình, Lê Đức Thọ, Hà Nội',
      order.fullName,
      'Xuất trình mã này tại cổng. Mỗi mã chỉ vào cửa được một lần.',
    ])
      document.text(line);
    document.image(await QRCode.toBuffer(ticket.qrPayload, { errorCorrectionLevel: 'M', width: 600 }), { width: 230 });
  }
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function versionOf(root: string, name: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
