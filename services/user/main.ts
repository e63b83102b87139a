import { join } from 'node:path';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { UserServiceDefinition, UserServiceHandlers } from '#proto/gen/ticketbottle/user/v1/UserService.ts';
import { systemClock } from '#runtime/clock.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { migrate } from '#runtime/migrate.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { createPool, ping, warm } from '#runtime/pg.ts';
import { pgServiceError } from '#runtime/pg-errors.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { readConfig } from './config.ts';
import { userHandlers } from './handlers.ts';
import { createPasswordHasher } from './password-hash.ts';
import { resetMailer } from './reset-mail.ts';
import { forgetOldSessions } from './session-sweep.ts';

const log = createLogger({ service: 'user', version: process.env['TB_VERSION'] });
startTracing({ service: 'user', version: process.env['TB_VERSION'], env: process.env });

if (process.argv[2] === 'migrate') {
  const config = readConfig(process.env);
  const root = repoRoot(import.meta.dirname, config.root);
  await migrate({ connectionString: config.databaseUrl, dir: join(root, 'services/user/migrations'), log });
} else
  await runProgram({
    name: 'user',
    log,
    async start(stack, signal, program) {
      const config = readConfig(process.env);
      log.level = config.logLevel;
      const { readiness } = program;
      program.flush(() => flushTraces());
      const clock = systemClock;
      const root = repoRoot(import.meta.dirname, config.root);
      const metrics = createMetrics('user');
      stack.use(await startOpsServer({ port: config.opsPort, readiness, metrics }));
      const pool = createPool({
        connectionString: config.databaseUrl,
        max: config.databasePoolSize,
        applicationName: 'user',
        log,
        metrics,
      });
      stack.defer(() => pool.end());
      readiness.probe('postgres', () => ping(pool));
      await warm(pool, log);

      const hasher = createPasswordHasher({ concurrency: config.hashConcurrency, maxWaiting: config.hashMaxWaiting });
      const { mailFrom, publicUrl, awsRegion: region, sesEndpoint: endpoint } = config;
      const ses = new SESv2Client({ region, ...(endpoint === undefined ? {} : { endpoint }), maxAttempts: 3 });
      stack.defer(() => ses.destroy());
      const handlers = userHandlers({
        pool,
        hasher,
        sessionTtlMs: config.sessionTtlMs,
        sendResetMail: mailFrom === undefined ? undefined : resetMailer(ses, { from: mailFrom, publicUrl }),
      });
      const definition = loadService<UserServiceDefinition>(
        root,
        'ticketbottle/user/v1/user.proto',
        'ticketbottle.user.v1.UserService',
      );
      const server = await startGrpcServer({
        services: [bindService<UserServiceHandlers>(definition, handlers)],
        port: config.grpcPort,
        tls: config.grpcTls,
        callers: config.grpcCallers,
        log,
        metrics,
        readiness,
        clock,
        mapError: pgServiceError,
      });
      stack.use(server);
      log.info({ port: server.port }, 'serving');
      const sweeping = forgetOldSessions({ pool, clock, log }, signal);
      program.stopIntake(() => clock.sleep(config.drainDelayMs));
      program.drain((deadline) => server.drain(deadline));
      program.drain(() => sweeping);
    },
  });
