import PDFDocument from 'pdfkit';
import { eventTime } from '#runtime/event-time.ts';
import type { OrderPaid } from './order-paid.ts';
import { qrRectangles } from './qr-rectangles.ts';

export interface Fonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
}

type Document = InstanceType<typeof PDFDocument>;

const MM = 72 / 25.4;
/** A5: fits a phone's screen from edge to edge and prints two to a sheet of A4. */
const PAGE = { width: 148 * MM, height: 210 * MM };
const MARGIN = 12 * MM;
const INK = '#1b1b2f';
const MUTED = '#6b7080';
const BRAND = '#5b2be0';

const WORDS = {
  vi: {
    ticket: 'VÉ',
    venue: 'Địa điểm',
    time: 'Thời gian',
    holder: 'Người giữ vé',
    order: 'Mã đơn hàng',
    seat: 'Ghế',
    number: 'Số vé',
    scan: 'Xuất trình mã này tại cổng. Mỗi mã chỉ vào cửa được một lần.',
  },
  en: {
    ticket: 'TICKET',
    venue: 'Venue',
    time: 'Time',
    holder: 'Holder',
    order: 'Order',
    seat: 'Seat',
    number: 'Ticket no.',
    scan: 'Show this code at the door. Each code lets one person in, once.',
  },
} as const;

/** All tickets of an order as one PDF, a page each. The same order gives the same bytes. */
export async function ticketDocument(order: OrderPaid, fonts: Fonts): Promise<Buffer> {
  const document = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    autoFirstPage: false,
    // The default font would be read from a folder that a bundle does not have.
    font: fonts.regular as unknown as string,
    lang: order.language,
    displayTitle: true,
    info: {
      Title: `${order.event.name} – ${order.code}`,
      Author: 'TicketBottle',
      // A fixed date keeps the document the same however often it is made.
      CreationDate: new Date(order.event.startTime),
      ModDate: new Date(order.event.startTime),
    },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => document.once('end', resolve).once('error', reject));
  document.registerFont('regular', fonts.regular);
  document.registerFont('bold', fonts.bold);
  for (const index of order.tickets.keys()) ticketPage(document, order, index);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function ticketPage(document: Document, order: OrderPaid, index: number): void {
  const ticket = order.tickets[index];
  if (ticket === undefined) return;
  const words = WORDS[order.language];
  const inner = PAGE.width - 2 * MARGIN;
  document.addPage();

  const band = 52 * MM;
  document.rect(0, 0, PAGE.width, band).fill(BRAND);
  document.fill('#ffffff').font('regular').fontSize(9);
  document.text(`${words.ticket} ${index + 1}/${order.tickets.length}`, MARGIN, 9 * MM, {
    width: inner / 2,
    characterSpacing: 1,
  });
  document.text('TicketBottle', MARGIN + inner / 2, 9 * MM, { width: inner / 2, align: 'right' });
  document.font('bold').fontSize(fittingSize(document, order.event.name, inner, 24 * MM));
  document.text(order.event.name, MARGIN, 15 * MM, { width: inner, height: 26 * MM, ellipsis: true, lineGap: -2 });
  document
    .font('bold')
    .fontSize(12)
    .text(ticket.className, MARGIN, band - 10 * MM, { width: inner * 0.6, height: 7 * MM, ellipsis: true });
  const place = ticket.seat === '' ? `${words.number} ${ticketNumber(ticket.id)}` : `${words.seat} ${ticket.seat}`;
  document.text(place, MARGIN + inner * 0.6, band - 10 * MM, { width: inner * 0.4, height: 7 * MM, align: 'right' });

  let y = band + 7 * MM;
  const venue = [order.event.venue.name, order.event.venue.address, order.event.venue.city]
    .filter((part) => part !== '')
    .join(', ');
  y = field(document, words.time, eventTime(order.event.startTime, order.event.timeZone, order.language), y, inner);
  y = field(document, words.venue, venue, y, inner);
  field(document, words.holder, order.fullName, y, inner * 0.6);
  field(document, words.order, order.code, y, inner * 0.38, MARGIN + inner * 0.62);

  const side = 82 * MM;
  drawQr(document, ticket.qrPayload, (PAGE.width - side) / 2, PAGE.height - side - 25 * MM, side);
  document.fill(MUTED).font('regular').fontSize(7.5);
  document.text(words.scan, MARGIN, PAGE.height - 19 * MM, { width: inner, align: 'center' });
  document.fontSize(6.5).text(ticket.id, MARGIN, PAGE.height - 12 * MM, { width: inner, align: 'center' });
}

/** Short enough to be read to a steward; the whole id stands at the foot. */
const ticketNumber = (id: string): string => id.replaceAll('-', '').slice(-8).toUpperCase();

/** The largest size at which a long name still fits its box. */
function fittingSize(document: Document, text: string, width: number, height: number): number {
  for (const size of [24, 21, 18, 16, 14, 12]) {
    if (document.fontSize(size).heightOfString(text, { width, lineGap: -2 }) <= height) return size;
  }
  return 11;
}

function field(document: Document, label: string, value: string, y: number, width: number, x: number = MARGIN): number {
  document.fill(MUTED).font('regular').fontSize(7.5).text(label.toUpperCase(), x, y, { width, characterSpacing: 0.6 });
  document
    .fill(INK)
    .font('bold')
    .fontSize(10.5)
    .text(value, x, y + 4 * MM, { width, height: 10 * MM, ellipsis: true });
  return Math.max(document.y, y + 9 * MM) + 3 * MM;
}

function drawQr(document: Document, payload: string, x: number, y: number, side: number): void {
  const { size, runs } = qrRectangles(payload);
  const module = side / size;
  for (const run of runs) {
    // Rows overlap by a hair, because some viewers show seams between rectangles that only touch.
    document.rect(x + run.x * module, y + run.y * module, run.width * module, module * 1.02);
  }
  document.fill('#000000');
}
