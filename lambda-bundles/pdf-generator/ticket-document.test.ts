import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import PDFDocument from 'pdfkit';
import QRCode from 'qrcode';
import { parseOrderPaid } from './order-paid.ts';
import { qrRectangles } from './qr-rectangles.ts';
import { ticketDocument } from './ticket-document.ts';

const fontDir = join(import.meta.dirname, '../../node_modules/@expo-google-fonts/be-vietnam-pro');
const fonts = {
  regular: readFileSync(join(fontDir, '400Regular/BeVietnamPro_400Regular.ttf')),
  bold: readFileSync(join(fontDir, '700Bold/BeVietnamPro_700Bold.ttf')),
};

function orderPaid() {
  return {
    orderId: '0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f',
    code: 'TB-7K3QX',
    fullName: 'Nguyễn Thị Ngọc Ánh',
    language: 'vi',
    event: {
      name: 'Show của Đen 2027',
      startTime: '2027-03-20T12:30:00Z',
      timeZone: 'Asia/Ho_Chi_Minh',
      venue: { name: 'Sân vận động Mỹ Đình', address: 'Lê Đức Thọ', city: 'Hà Nội' },
    },
    tickets: [
      { id: 't-1', className: 'GA', qrPayload: `TB1.k1.${'a'.repeat(160)}.${'b'.repeat(86)}` },
      { id: 't-2', className: 'GA', qrPayload: `TB1.k1.${'c'.repeat(160)}.${'d'.repeat(86)}` },
    ],
  };
}

/** What each page draws, as text. */
function pagesOf(document: Buffer): string[] {
  const streams = document.toString('latin1').matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g);
  return [...streams].flatMap(([, bytes = '']) => {
    const text = inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1');
    return / Tf$/m.test(text) ? [text] : [];
  });
}

/** The dark modules of the code on a page, as `x/y`. Nothing else there is a rectangle that begins inside the margin. */
function drawnModules(page: string): string[] {
  const rectangles = [...page.matchAll(/^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$/gm)]
    .map((found) => ({ x: Number(found[1]), y: Number(found[2]), width: Number(found[3]), height: Number(found[4]) }))
    .filter(({ x }) => x > 0);
  const left = Math.min(...rectangles.map(({ x }) => x));
  const top = Math.min(...rectangles.map(({ y }) => y));
  return rectangles.flatMap(({ x, y, width, height }) => {
    // Rows overlap by a hair.
    const module = height / 1.02;
    const column = Math.round((x - left) / module);
    const row = Math.round((y - top) / module);
    return Array.from({ length: Math.round(width / module) }, (_, n) => `${column + n}/${row}`);
  });
}

function modulesOf(payload: string): string[] {
  const { modules } = QRCode.create(payload, { errorCorrectionLevel: 'M' });
  const all = Array.from({ length: modules.size ** 2 }, (_, n) => [n % modules.size, Math.floor(n / modules.size)]);
  return all.flatMap(([x = 0, y = 0]) => (modules.get(y, x) === 1 ? [`${x}/${y}`] : []));
}

describe('ticket document', () => {
  it('has a glyph for every letter of Vietnamese', () => {
    const upper = 'ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ₫–…';
    for (const font of Object.values(fonts)) {
      const document = new PDFDocument({ font: font as unknown as string });
      const { font: face } = (
        document as unknown as { _font: { font: { hasGlyphForCodePoint(code: number): boolean } } }
      )._font;
      for (const letter of upper + upper.toLowerCase())
        assert.ok(face.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0), letter);
    }
  });

  it('is one PDF with a page for each ticket, the same bytes each time', async () => {
    const order = parseOrderPaid(orderPaid());
    const first = await ticketDocument(order, fonts);
    const second = await ticketDocument(order, fonts);
    assert.equal(first.subarray(0, 5).toString(), '%PDF-');
    assert.equal(first.toString('latin1').match(/\/Type \/Page\b/g)?.length, 2);
    assert.ok(first.equals(second));
    assert.ok(first.length < 120_000, String(first.length));
  });

  it('draws on each page the code of its own ticket, all of it', async () => {
    const order = parseOrderPaid(orderPaid());
    const pages = pagesOf(await ticketDocument(order, fonts));
    assert.equal(pages.length, order.tickets.length);
    for (const [index, { id, qrPayload }] of order.tickets.entries()) {
      const [drawn, wanted] = [drawnModules(pages[index] ?? ''), modulesOf(qrPayload)].map((all) => all.sort().join());
      assert.ok(drawn === wanted, `page ${index + 1} has not the code of ${id}`);
    }
  });

  it('draws every dark module of the code exactly once', () => {
    const { size, runs } = qrRectangles('hello');
    const seen = new Set<string>();
    for (const run of runs) {
      for (let x = run.x; x < run.x + run.width; x += 1) {
        const cell = `${x}/${run.y}`;
        assert.ok(!seen.has(cell));
        seen.add(cell);
      }
    }
    assert.equal(size, 21);
    assert.ok(seen.size > 21 * 21 * 0.3 && seen.size < 21 * 21 * 0.7);
  });

  it('says what a message lacks', () => {
    assert.throws(() => parseOrderPaid({ ...orderPaid(), tickets: [] }), /no tickets/);
    assert.throws(() => parseOrderPaid({ ...orderPaid(), event: undefined }), /no event/);
    assert.throws(() => parseOrderPaid(null), /no data/);
  });
});
