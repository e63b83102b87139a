import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '#runtime/clock.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics, Gauge, histogram } from '#runtime/metrics.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { repoRoot } from '#runtime/proto-loader.ts';
import { createRedis } from '#runtime/redis.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { createAccess } from './access.ts';
import { buildApp } from './app.ts';
import { openClients } from './clients.ts';
import { readConfig } from './config.ts';
import { Revocations } from './revocations.ts';
import { SharedRate } from './shared-rate.ts';
import { TickStreams } from './tick-streams.ts';
import { ticketFiles } from './ticket-files.ts';

const log = createLogger({ service: 'gateway', version: process.env['TB_VERSION'] });
startTracing({ service: 'gateway', version: process.env['TB_VERSION'], env: process.env });

await runProgram({
  name: 'gateway',
  log,
  async start(stack, signal, program) {
    const config = readConfig(process.env);
    log.level = config.logLevel;
    const { readiness } = program;
    program.flush(() => flushTraces());
    const clock = systemClock;
    const root = repoRoot(import.meta.dirname, config.root);
    const metrics = createMetrics('gateway');
    stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));

    const redis = createRedis({ ...config.redis, log, connectionName: 'gateway', autoPipelining: true });
    stack.defer(() => redis.disconnect());
    // No readiness probe: without Redis only rates go uncounted, and all gateways at once must not go away for that.
    const clients = openClients({ root, addresses: config.addresses, tls: config.grpcTls, log, metrics, stack });
    const subscriber = createRedis({ ...config.redis, log, connectionName: 'gateway-ended', commandTimeoutMs: null });
    stack.defer(() => subscriber.disconnect());
    const revocations = new Revocations({ redis, subscriber, accessTtlMs: config.accessTtlMs, clock, log });
    const access = await createAccess({
      hasEnded: (sessionId) => revocations.has(sessionId),
      privateJwk: config.accessKey,
      jwks: config.accessJwks,
      ttlMs: config.accessTtlMs,
      clock,
    });
    const tickDelay = histogram(
      metrics,
      'gateway_tick_delay_seconds',
      'From the reading of a room to its tick written to every stream here',
      [],
    );
    const streams = new TickStreams({
      ...{ waitroom: clients.waitroom, clock, log, maxStreams: config.maxStreams },
      onSent: (seconds) => tickDelay.observe(seconds),
    });
    new Gauge({
      name: 'gateway_streams',
      help: 'Open streams of waiting buyers',
      registers: [metrics],
      collect() {
        this.set(streams.count);
      },
    });

    const s3 = new S3Client({
      region: config.awsRegion,
      ...(config.s3Endpoint === undefined ? {} : { endpoint: config.s3Endpoint, forcePathStyle: true }),
    });
    stack.defer(() => s3.destroy());
    const rates = new SharedRate({ redis, clock, log });
    const app = await buildApp({
      clients,
      access,
      streams,
      redis,
      rates,
      revocations,
      readTicketFile: config.ticketBucket === undefined ? undefined : ticketFiles(s3, config.ticketBucket),
      clock,
      log,
      metrics,
      pagesFolder: join(root, 'services/gateway/pages'),
      options: config,
    });
    const address = await app.listen({ port: config.httpPort, host: '0.0.0.0', backlog: 4096 });
    log.info({ address }, 'serving');

    const background = [
      streams.beat(signal),
      streams.reportPresence(config.heartbeatMs, signal),
      revocations.follow(signal),
      rates.tellRegularly(signal),
    ];
    // Load balancers need a moment to see that this replica is going; streams end first, the listener with them.
    program.stopIntake(async () => {
      await clock.sleep(config.drainDelayMs);
      await streams.close();
    });
    program.drain(() => app.close());
    program.drain(async () => void (await Promise.all(background)));
  },
});
