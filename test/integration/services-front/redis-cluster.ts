import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installParts } from '#runtime/local/backing/parts.ts';
import { localLayout } from '#runtime/local/layout.ts';
import type { Redis } from '#runtime/redis.ts';
import { eventually } from './room-on-redis.ts';
import { connectRedis, freePort } from './servers.ts';

const SLOTS = 16_384;

export interface RedisCluster extends AsyncDisposable {
  /** One node of it. */
  readonly address: string;
  /** A connection to each node itself. */
  readonly nodes: readonly Redis[];
  /** The index of the node that owns the key. */
  homeOf(key: string): Promise<number>;
}

/** Three primaries that share the slots, on loopback, until disposed. */
export async function startRedisCluster(): Promise<RedisCluster> {
  await using stack = new AsyncDisposableStack();
  const { parts } = await installParts({
    cache: localLayout(process.env).cache,
    path: process.env['PATH'],
    kafka: false,
    dynamodbLocal: false,
  });
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-cluster-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const ports = [await freePort(), await freePort(), await freePort()];
  for (const port of ports) {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
    const bus = ['--cluster-port', String(await freePort()), '--cluster-node-timeout', '2000'];
    // It must not outlive this process, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', parts.valkey, ...args, ...cluster, ...bus], {
      stdio: 'ignore',
    });
    stack.defer(() => ended(child));
  }
  const nodes = ports.map((port) => {
    const node = connectRedis(`127.0.0.1:${port}`);
    stack.defer(() => node.disconnect());
    return node;
  });
  const firstSlot = (index: number) => Math.floor((SLOTS * index) / nodes.length);
  for (const [index, node] of nodes.entries()) {
    await eventually(() => node.ping().then(Boolean, () => false), 20_000);
    await node.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
    const bus = /(\d+)@(\d+)/.exec(String(await nodes[0]?.call('CLUSTER', 'NODES')));
    if (index > 0) await node.call('CLUSTER', 'MEET', '127.0.0.1', Number(ports[0]), Number(bus?.[2]));
  }
  for (const node of nodes) {
    await eventually(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 20_000);
  }
  const owned = stack.move();
  return {
    address: `127.0.0.1:${ports[0]}`,
    nodes,
    async homeOf(key) {
      const slot = Number(await nodes[0]?.call('CLUSTER', 'KEYSLOT', key));
      return nodes.findLastIndex((_, index) => firstSlot(index) <= slot);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
