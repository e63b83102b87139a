/**
 * The forwarding program that forward.ts starts inside the network namespace. Its listening sockets were made outside and
 * arrive as messages; sockets keep the namespace they were made in, so connections from outside end here, inside.
 * Argument: JSON of `{[port]: {host, port}}`.
 */
import { connect, type Server, type Socket } from 'node:net';

const targets = JSON.parse(process.argv[2] ?? '{}') as Record<string, { host: string; port: number }>;

process.on('message', (message: { port: number }, server: unknown) => {
  const target = targets[String(message.port)];
  if (target === undefined) return;
  (server as Server).on('connection', (outside: Socket) => join(outside, connect(target)));
});

function join(outside: Socket, inside: Socket): void {
  for (const socket of [outside, inside]) {
    socket.setNoDelay(true);
    socket.on('error', () => {
      outside.destroy();
      inside.destroy();
    });
  }
  outside.on('close', () => inside.destroy());
  inside.on('close', () => outside.destroy());
  outside.pipe(inside);
  inside.pipe(outside);
}
