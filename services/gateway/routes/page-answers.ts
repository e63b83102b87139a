import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asset } from '../rendering/assets.ts';

const deflate = promisify(gzip);
const shrink = promisify(brotliCompress);

/** A page in the forms that browsers ask for; each is made once, when the first one asks. */
export class PageBytes {
  readonly plain: Buffer;
  #gzip: Promise<Buffer> | undefined;
  #brotli: Promise<Buffer> | undefined;

  constructor(text: string) {
    this.plain = Buffer.from(text);
  }

  gzip(): Promise<Buffer> {
    this.#gzip ??= deflate(this.plain, { level: 6 });
    return this.#gzip;
  }

  brotli(): Promise<Buffer> {
    this.#brotli ??= shrink(this.plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
    return this.#brotli;
  }
}

/** Sends a page; `maxAgeS` 0 for one that is asked for each time. Pages hold nothing of one account. */
export async function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: PageBytes,
  { status = 200, maxAgeS = 0 }: { readonly status?: number; readonly maxAgeS?: number } = {},
): Promise<FastifyReply> {
  reply.code(status).type('text/html; charset=utf-8');
  reply.header('cache-control', maxAgeS > 0 ? `private, max-age=${maxAgeS}` : 'private, no-cache');
  reply.header('vary', 'accept-encoding, accept-language, cookie');
  const encoding = encodingOf(request);
  if (encoding === undefined) return reply.send(page.plain);
  reply.header('content-encoding', encoding);
  return reply.send(await (encoding === 'br' ? page.brotli() : page.gzip()));
}

const FOR_EVER = 'public, max-age=31536000, immutable';

export function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
  cacheControl = FOR_EVER,
): FastifyReply {
  reply.type(asset.type).header('cache-control', cacheControl).header('vary', 'accept-encoding');
  const encoding = encodingOf(request);
  if (encoding === undefined) return reply.send(asset.plain);
  return reply.header('content-encoding', encoding).send(encoding === 'br' ? asset.brotli : asset.gzip);
}

function encodingOf(request: FastifyRequest): 'br' | 'gzip' | undefined {
  const header = request.headers['accept-encoding'] ?? '';
  const taken = String(header)
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]);
  return taken.includes('br') ? 'br' : taken.includes('gzip') ? 'gzip' : undefined;
}
