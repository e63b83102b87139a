import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { DaemonSpec, Daemons } from './process.ts';

/** One port of the host's 127.0.0.1 that leads to an address inside the network namespace. */
export interface Forward {
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
}

/**
 * Makes addresses of the namespace reachable from outside, at 127.0.0.1. One daemon named `forward-<name>` serves all the
 * forwards given; calling again with other forwards replaces them. Throws SetupError when a port is taken.
 */
export async function startForwards(
  daemons: Daemons,
  options: { readonly name: string; readonly netns: string | undefined; readonly forwards: readonly Forward[] },
  signal?: AbortSignal,
): Promise<'started' | 'running'> {
  const spec = forwardDaemon(`forward-${options.name}`, options.forwards);
  return await daemons.start({ ...spec, netns: options.netns }, signal);
}

/** The daemon behind it: passes connections to ports of `host` on to other addresses. */
export function forwardDaemon(name: string, forwards: readonly Forward[], host = '127.0.0.1'): DaemonSpec {
  const ports = forwards.map((forward) => forward.port);
  return {
    name,
    command: process.execPath,
    args: [
      '--max-old-space-size=128',
      fileURLToPath(new URL('./forwarder.ts', import.meta.url)),
      JSON.stringify(Object.fromEntries(forwards.map(({ port, target }) => [port, target]))),
    ],
    listen: ports,
    ...(host === '127.0.0.1' ? {} : { listenHost: host }),
    ready: async () => (await Promise.all(ports.map((port) => accepts(port, host)))).every(Boolean),
  };
}

/** True when something accepts TCP connections at this port of 127.0.0.1, or of `host`. */
export async function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 1_000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
