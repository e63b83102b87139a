/**
 * The limit beside the gateway: bare node:http that holds streams and writes one prepared event to all of them every
 * INTERVAL_MS, and nothing else. Prints `port N` when it serves.
 *
 *   node bare-sse.ts INTERVAL_MS BYTES
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const [intervalMs, bytes] = process.argv.slice(2).map(Number);
const open = new Set<ServerResponse>();
const server = createServer((_request, response) => {
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
  response.write('retry: 2000\n\n');
  open.add(response);
  response.once('close', () => open.delete(response));
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
setInterval(() => {
  const start = JSON.stringify({ serverTime: new Date().toISOString() });
  const event = Buffer.from(
    `event: tick\ndata: ${start}${' '.repeat(Math.max(0, (bytes ?? 0) - start.length - 20))}\n\n`,
  );
  for (const response of open) response.write(event);
}, intervalMs);
