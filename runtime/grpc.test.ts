import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Client,
  credentials,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { systemClock } from './clock.ts';
import { failedPrecondition, unavailable } from './errors.ts';
import { type ClientTls, createClient } from './grpc-client.ts';
import { bindService, type GrpcServerOptions, startGrpcServer } from './grpc-server.ts';
import type { CallContext, CallOptions, ClientOf, ImplementationOf } from './grpc-types.ts';
import { createLogger, silentLogger } from './log.ts';
import { createMetrics } from './metrics.ts';
import { loadService, repoRoot, serviceNameOf } from './proto-loader.ts';
import { Readiness } from './readiness.ts';

const PROTO = `syntax = "proto3";
package probe.v1;
enum Mood { MOOD_UNSPECIFIED = 0; MOOD_GLAD = 1; }
message AskRequest { string what = 1; int64 amount_minor = 2; }
message AskResponse { string what = 1; int64 amount_minor = 2; Mood mood = 3; }
message WatchRequest { int32 count = 1; }
message Tick { int32 number = 1; }
service ProbeService { rpc Ask(AskRequest) returns (AskResponse); rpc Watch(WatchRequest) returns (stream Tick); }`;

type AskIn = { what?: string; amountMinor?: string | number };
type AskOut = { what: string; amountMinor: string };
type Answer = { what?: string; amountMinor?: string; mood?: string };
type AnswerOut = { what: string; amountMinor: string; mood: string };
interface Handlers {
  Ask: handleUnaryCall<AskOut, Answer>;
  Watch: handleServerStreamingCall<{ count: number }, { number?: number }>;
}
interface Definition {
  Ask: MethodDefinition<AskIn, Answer, AskOut, AnswerOut>;
  Watch: MethodDefinition<{ count?: number }, { number?: number }, { count: number }, { number: number }>;
}
type ProbeClient = ClientOf<Definition, Handlers>;

describe('gRPC server and client', () => {
  const root = mkdtempSync(join(tmpdir(), 'grpc-probe-'));
  let definition: ServiceDefinition;
  before(() => {
    mkdirSync(join(root, 'proto', 'probe', 'v1'), { recursive: true });
    writeFileSync(join(root, 'proto', 'probe', 'v1', 'probe.proto'), PROTO);
    definition = loadService(root, 'probe/v1/probe.proto', 'probe.v1.ProbeService');
  });
  after(() => rmSync(root, { recursive: true }));

  async function serve(implementation: Partial<ImplementationOf<Handlers>>, options: Partial<GrpcServerOptions> = {}) {
    const metrics = createMetrics('probe');
    const readiness = new Readiness();
    readiness.set('started', true);
    const full: ImplementationOf<Handlers> = {
      ask: async () => ({}),
      async *watch() {},
      ...implementation,
    };
    const services = [bindService<Handlers>(definition, full)];
    const deps = { log: silentLogger(), metrics, readiness, clock: systemClock };
    const server = await startGrpcServer({ services, port: 0, host: '127.0.0.1', ...deps, ...options });
    const client = createClient<ProbeClient>({ address: `127.0.0.1:${server.port}`, definition, log: silentLogger() });
    return {
      server,
      client,
      metrics,
      readiness,
      async [Symbol.asyncDispose]() {
        client.close();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  it('carries int64 beyond float precision, enums as names, defaults filled in', async () => {
    await using it = await serve({
      ask: async (request) => ({ what: request.what, amountMinor: request.amountMinor, mood: 'MOOD_GLAD' }),
    });
    const exact = await it.client.ask({ what: 'price', amountMinor: '9007199254740993' });
    assert.deepEqual(exact, { what: 'price', amountMinor: '9007199254740993', mood: 'MOOD_GLAD' });
    assert.deepEqual(await it.client.ask({}), { what: '', amountMinor: '0', mood: 'MOOD_GLAD' });
  });

  it('sends a bigint as itself, where the codec alone would send zero', async () => {
    await using it = await serve({
      ask: async (request) => ({ amountMinor: BigInt(request.amountMinor) as unknown as string }),
    });
    const amountMinor = (2n ** 60n) as unknown as string;
    assert.equal((await it.client.ask({ amountMinor })).amountMinor, (2n ** 60n).toString());
  });

  it('keeps code, reason, details and retryable of a refusal across the wire', async () => {
    await using it = await serve({
      ask: async () => {
        throw failedPrecondition('SOLD_OUT', 'hết vé', { details: { class: 'VÉ THƯỜNG', left: 0n }, retryable: true });
      },
    });
    await assert.rejects(it.client.ask({}), (error: unknown) => {
      const { code, reason, message, details, retryable } = error as ReturnType<typeof failedPrecondition>;
      assert.deepEqual(
        { code, reason, message, details, retryable },
        {
          code: 'FAILED_PRECONDITION',
          reason: 'SOLD_OUT',
          message: 'hết vé',
          details: { class: 'VÉ THƯỜNG', left: '0' },
          retryable: true,
        },
      );
      return true;
    });
  });

  it('tells callers nothing about an unknown failure, and the log everything', async () => {
    const lines: string[] = [];
    const log = createLogger({ service: 'probe', destination: { write: (line: string) => void lines.push(line) } });
    await using it = await serve({ ask: () => Promise.reject(new Error('relation "users" does not exist')) }, { log });
    await assert.rejects(it.client.ask({}, { requestId: 'r-42' }), {
      code: 'INTERNAL',
      reason: 'INTERNAL',
      message: 'internal error',
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /relation .*users/);
    assert.match(lines[0] ?? '', /"request_id":"r-42"/);
  });

  it('lets a service say what the errors of its store mean', async () => {
    await using it = await serve(
      { ask: () => Promise.reject(Object.assign(new Error('x'), { code: '57P01' })) },
      { mapError: () => unavailable('DATABASE_DOWN', 'try again') },
    );
    await assert.rejects(it.client.ask({}), { code: 'UNAVAILABLE', reason: 'DATABASE_DOWN' });
  });

  it('turns the deadline into a signal and answers when it passes, even if the handler does not', async () => {
    let seen: CallContext | undefined;
    await using it = await serve({
      ask: (_request, ctx) => {
        seen = ctx;
        return new Promise(() => {});
      },
    });
    await it.client.ready(1000);
    const start = performance.now();
    await assert.rejects(it.client.ask({}, { deadlineMs: 150 }), { code: 'DEADLINE_EXCEEDED' });
    assert.ok(performance.now() - start < 1000);
    await systemClock.sleep(30);
    assert.equal(seen?.signal.aborted, true);
    assert.ok((seen?.deadlineMs ?? 0) <= 151);
    assert.ok((seen?.onward().deadlineMs ?? 1) < 20);
  });

  it('says that nobody answered without a word about the inside', async () => {
    const client = createClient<ProbeClient>({ address: '127.0.0.1:1', definition, log: silentLogger() });
    for (const deadlineMs of [50, 2_000])
      await assert.rejects(client.ask({}, { deadlineMs }), (error: Error) => {
        assert.match(error.message, /did not answer in time|cannot be reached/);
        assert.doesNotMatch(error.message, /127\.0\.0\.1|filters|after/);
        return true;
      });
    client.close();
  });

  it('bounds a call whose caller gave a longer deadline than the service allows', async () => {
    await using it = await serve({ ask: () => new Promise(() => {}) }, { maxDeadlineMs: 50 });
    await assert.rejects(it.client.ask({}, { deadlineMs: 10_000 }), { code: 'DEADLINE_EXCEEDED' });
  });

  it('tells the handler when the caller gives up', async () => {
    const gone = Promise.withResolvers<unknown>();
    await using it = await serve({
      ask: (_request, ctx) =>
        new Promise((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => {
            gone.resolve(ctx.signal.reason);
            reject(ctx.signal.reason);
          }),
        ),
    });
    const stop = new AbortController();
    const call = assert.rejects(it.client.ask({}, { signal: stop.signal }), { code: 'CANCELLED' });
    setTimeout(() => stop.abort(), 50);
    await call;
    assert.equal(((await gone.promise) as { code: string }).code, 'CANCELLED');
  });

  it('retries only calls that say they are idempotent', async () => {
    let calls = 0;
    await using it = await serve({
      ask: async () => {
        if (++calls % 3 !== 0) throw unavailable('WARMING_UP', 'soon');
        return { what: `call ${calls}` };
      },
    });
    await assert.rejects(it.client.ask({}), { reason: 'WARMING_UP' });
    calls = 0;
    assert.equal((await it.client.ask({}, { idempotent: true })).what, 'call 3');
  });

  it('streams with back-pressure, and stops when the reader leaves', async () => {
    let produced = 0;
    let finished = false;
    await using it = await serve({
      async *watch(_request, ctx) {
        try {
          while (!ctx.signal.aborted) yield { number: ++produced };
        } finally {
          finished = true;
        }
      },
    });
    const seen: number[] = [];
    for await (const tick of it.client.watch({ count: 1 })) {
      seen.push(tick.number);
      if (seen.length === 5) break;
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    await systemClock.sleep(100);
    const stoppedAt = produced;
    await systemClock.sleep(50);
    assert.equal(produced, stoppedAt);
    assert.equal(finished, true);
  });

  it('ends a stream with its error', async () => {
    await using it = await serve({
      async *watch() {
        yield { number: 1 };
        throw failedPrecondition('ROOM_CLOSED', 'closed');
      },
    });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const tick of it.client.watch({})) seen.push(tick.number);
    })();
    await assert.rejects(reading, { reason: 'ROOM_CLOSED' });
    assert.deepEqual(seen, [1]);
  });

  it('drains: running calls finish, streams are told to reconnect, new calls are refused', async () => {
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await using it = await serve({
      ask: async () => {
        started.resolve();
        await release.promise;
        return { what: 'finished' };
      },
      async *watch(_request, ctx) {
        yield { number: 1 };
        await new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));
      },
    });
    const running = it.client.ask({});
    const stream = (async () => {
      for await (const _tick of it.client.watch({}));
    })();
    const streamEnd = assert.rejects(stream, { code: 'UNAVAILABLE', reason: 'SERVER_DRAINING' });
    await started.promise;
    await systemClock.sleep(50);
    const drained = it.server.drain(AbortSignal.timeout(5000));
    await streamEnd;
    const late = createClient<ProbeClient>({ address: `127.0.0.1:${it.server.port}`, definition, log: silentLogger() });
    await assert.rejects(late.ask({}, { deadlineMs: 500 }));
    late.close();
    release.resolve();
    assert.equal((await running).what, 'finished');
    await drained;
  });

  it('does not wait for ever while draining', async () => {
    await using it = await serve({ ask: () => new Promise(() => {}) });
    const running = assert.rejects(it.client.ask({}));
    await systemClock.sleep(50);
    const start = performance.now();
    await it.server.drain(AbortSignal.timeout(100));
    await running;
    assert.ok(performance.now() - start < 1500);
  });

  it('says over gRPC health what readiness says', async () => {
    await using it = await serve({});
    const health = new Client(`127.0.0.1:${it.server.port}`, credentials.createInsecure());
    const { Check } = healthService as unknown as ServiceDefinition;
    const check = () =>
      new Promise<string>((resolve, reject) => {
        if (!Check) return reject(new Error('no health service'));
        health.makeUnaryRequest(
          Check.path,
          Check.requestSerialize,
          Check.responseDeserialize,
          { service: 'probe.v1.ProbeService' },
          (error, value) => (error ? reject(error) : resolve((value as { status: string }).status)),
        );
      });
    assert.equal(await check(), 'SERVING');
    it.readiness.set('postgres', false, 'down');
    assert.equal(await check(), 'NOT_SERVING');
    health.close();
  });

  it('sheds calls above its limit and counts every outcome', async () => {
    const release = Promise.withResolvers<void>();
    await using it = await serve({ ask: () => release.promise.then(() => ({})) }, { maxConcurrentCalls: 1 });
    const first = it.client.ask({});
    await systemClock.sleep(50);
    await assert.rejects(it.client.ask({}), { code: 'RESOURCE_EXHAUSTED', reason: 'OVERLOADED' });
    release.resolve();
    await first;
    const text = await it.metrics.metrics();
    for (const code of ['OK', 'RESOURCE_EXHAUSTED']) {
      assert.match(
        text,
        new RegExp(
          `grpc_server_handling_seconds_count\\{[^}]*grpc_service="probe.v1.ProbeService",grpc_method="Ask",grpc_code="${code}"\\} 1`,
        ),
      );
    }
  });

  it('refuses to start with a method missing or misspelt', async () => {
    const deps = {
      log: silentLogger(),
      metrics: createMetrics('x'),
      readiness: new Readiness(),
      clock: systemClock,
      port: 0,
    };
    const ask = async () => ({});
    await assert.rejects(
      startGrpcServer({ ...deps, services: [{ definition, implementation: { ask } }] }),
      /Watch has no implementation/,
    );
    const implementation = { ask, watch: async function* () {}, asc: ask };
    await assert.rejects(startGrpcServer({ ...deps, services: [{ definition, implementation }] }), /no method asc/);
  });

  it('gives the time that is left to whoever waits for a connection', async () => {
    const client = createClient<ProbeClient>({ address: '127.0.0.1:1', definition, log: silentLogger() });
    await assert.rejects(client.ready(100), { code: 'DEADLINE_EXCEEDED', reason: 'NOT_CONNECTED' });
    await assert.rejects(client.ask({}, { deadlineMs: 200 }), { code: 'UNAVAILABLE' });
    client.close();
  });
});

describe('gRPC between pods', () => {
  const root = repoRoot(import.meta.dirname);
  const definition = loadService(root, 'ticketbottle/user/v1/user.proto', 'ticketbottle.user.v1.UserService');
  type Named = { getUser(request: object, options?: CallOptions): Promise<{ user: { id: string } }> };
  const everyMethod = (answer: () => Promise<unknown>) =>
    Object.fromEntries(Object.keys(definition).map((name) => [name.charAt(0).toLowerCase() + name.slice(1), answer]));
  const pod = (name: string, more: Partial<GrpcServerOptions> = {}) => {
    const readiness = new Readiness();
    readiness.set('started', true);
    const services = [{ definition, implementation: everyMethod(async () => ({ user: { id: name } })) }];
    const deps = { log: silentLogger(), metrics: createMetrics(name), readiness, clock: systemClock };
    return startGrpcServer({ services, port: 0, host: '127.0.0.1', ...deps, ...more });
  };

  it('spreads calls over all pods and goes on when one leaves', async () => {
    await using first = await pod('first');
    await using second = await pod('second');
    const address = `ipv4:127.0.0.1:${first.port},127.0.0.1:${second.port}`;
    using client = createClient<Named>({ address, definition, log: silentLogger() });
    const ask = async () => (await client.getUser({}, { idempotent: true })).user.id;
    const answers: string[] = [];
    // Until both connections are up, the first one takes all.
    for (let i = 0; i < 200 && new Set(answers.slice(-10)).size < 2; i++) {
      answers.push(await ask());
      await systemClock.sleep(5);
    }
    const spread = await Promise.all(Array.from({ length: 20 }, ask));
    assert.equal(spread.filter((id) => id === 'first').length, 10);
    await first.drain(AbortSignal.timeout(1000));
    for (let i = 0; i < 20; i++) assert.equal(await ask(), 'second');
  });

  it('asks old connections to reconnect without failing a call', async () => {
    await using server = await pod('only', { maxConnectionAgeMs: 50 });
    using client = createClient<Named>({ address: `127.0.0.1:${server.port}`, definition, log: silentLogger() });
    for (let i = 0; i < 40; i++) {
      assert.equal((await client.getUser({}, { idempotent: true })).user.id, 'only');
      await systemClock.sleep(10);
    }
  });

  describe('with mutual TLS', () => {
    const dir = mkdtempSync(join(tmpdir(), 'grpc-tls-'));
    const at = (...parts: string[]) => join(dir, ...parts);
    after(() => rmSync(dir, { recursive: true }));

    /** A folder as a mounted Secret would be: a certificate of this authority for this name. */
    function issue(
      folder: string,
      authority: string,
      name: string,
      days = 1,
    ): { directory: string; refreshMs: number } {
      const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
      if (!existsSync(at(`${authority}.key`)))
        openssl(
          'req',
          '-x509',
          ...key,
          '-days',
          '1',
          '-subj',
          `/CN=${authority}`,
          '-keyout',
          `${authority}.key`,
          '-out',
          `${authority}.crt`,
        );
      mkdirSync(at(folder), { recursive: true });
      writeFileSync(at('san'), `subjectAltName=DNS:${name}.test`);
      openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${folder}/tls.key`, '-out', 'request');
      openssl(
        ...[
          'x509',
          '-req',
          '-in',
          'request',
          '-CA',
          `${authority}.crt`,
          '-CAkey',
          `${authority}.key`,
          '-CAcreateserial',
        ],
        ...['-days', String(days), '-extfile', 'san', '-out', `${folder}/tls.crt`],
      );
      copyFileSync(at(`${authority}.crt`), at(folder, 'ca.crt'));
      return { directory: at(folder), refreshMs: 50 };
    }
    const client = (port: number, tls?: ClientTls) =>
      createClient<Named>({
        address: `127.0.0.1:${port}`,
        definition,
        log: silentLogger(),
        ...(tls === undefined ? {} : { tls }),
      });
    const serverName = 'user.test';

    it('lets in only callers with a certificate of the authority', async () => {
      const tls = issue('user', 'ours', 'user');
      await using server = await pod('secret', { tls });
      using member = client(server.port, { ...issue('gateway', 'ours', 'gateway'), serverName });
      assert.equal((await member.getUser({}, { waitForReady: true })).user.id, 'secret');
      using plain = client(server.port);
      await assert.rejects(plain.getUser({}, { deadlineMs: 1000 }));
      const nameless = new Client(
        `127.0.0.1:${server.port}`,
        credentials.createSsl(readFileSync(at('ours.crt')), null, null, { checkServerIdentity: () => undefined }),
      );
      await assert.rejects(ready(nameless));
      nameless.close();
      using foreign = client(server.port, { ...foreignersWhoTrustUs(), serverName });
      await assert.rejects(foreign.getUser({}, { deadlineMs: 1000 }), { code: 'UNAVAILABLE' });
      using fooled = client(server.port, { ...tls, serverName: 'elsewhere.test' });
      await assert.rejects(fooled.getUser({}, { deadlineMs: 1000 }), { code: 'UNAVAILABLE' });
    });

    it('does not take a server of another authority for ours', async () => {
      await using server = await pod('impostor', { tls: issue('impostor', 'theirs', 'user') });
      using member = client(server.port, { ...issue('gateway', 'ours', 'gateway'), serverName });
      await assert.rejects(member.getUser({}, { deadlineMs: 1000 }), { code: 'UNAVAILABLE' });
    });

    it('lets in only the names that may call it', async () => {
      await using server = await pod('secret', { tls: issue('user', 'ours', 'user'), callers: ['gateway'] });
      using gateway = client(server.port, { ...issue('gateway', 'ours', 'gateway'), serverName });
      assert.equal((await gateway.getUser({}, { waitForReady: true })).user.id, 'secret');
      using waitroom = client(server.port, { ...issue('waitroom', 'ours', 'waitroom'), serverName });
      await assert.rejects(waitroom.getUser({}, { waitForReady: true }), {
        code: 'PERMISSION_DENIED',
        reason: 'CALLER_NOT_ALLOWED',
        message: 'waitroom may not call this service',
      });
    });

    it('uses renewed files for the next handshake, on both sides, and does not disturb open connections', async () => {
      await using server = await pod('secret', { tls: issue('user', 'ours', 'user') });
      using before = client(server.port, { ...issue('gateway', 'ours', 'gateway'), serverName });
      assert.equal((await before.getUser({}, { waitForReady: true })).user.id, 'secret');
      // Another authority altogether: whoever still used the old files could not connect.
      issue('user', 'next', 'user');
      issue('gateway', 'next', 'gateway');
      const tls = { directory: at('gateway'), refreshMs: 50, serverName };
      for (let tries = 0; ; tries++) {
        using after = client(server.port, tls);
        const answer = await after.getUser({}, { deadlineMs: 500 }).catch((error: unknown) => error);
        if (!(answer instanceof Error)) break;
        assert.ok(tries < 50, `the renewed files are not used: ${answer.message}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal((await before.getUser({})).user.id, 'secret');
    });

    function foreignersWhoTrustUs() {
      const folder = issue('foreign', 'theirs', 'gateway');
      copyFileSync(at('ours.crt'), at('foreign', 'ca.crt'));
      return folder;
    }
    const ready = (raw: Client) =>
      new Promise<void>((resolve, reject) =>
        raw.waitForReady(Date.now() + 1000, (error) => (error ? reject(error) : resolve())),
      );
  });

  it('describes itself over reflection', async () => {
    await using server = await pod('open');
    const proto = join(root, 'node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto');
    const loaded = loadSync(proto)['grpc.reflection.v1.ServerReflection'] as unknown as ServiceDefinition;
    const { ServerReflectionInfo: method } = loaded;
    assert.ok(method);
    const raw = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const call = raw.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    const ask = (request: object) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        call.once('data', resolve).once('error', reject);
        call.write(request);
      });
    const { listServicesResponse } = (await ask({ listServices: '' })) as {
      listServicesResponse: { service: { name: string }[] };
    };
    assert.deepEqual(
      listServicesResponse.service.map(({ name }) => name),
      ['ticketbottle.user.v1.UserService'],
    );
    const described = await ask({ fileContainingSymbol: 'ticketbottle.user.v1.User' });
    assert.ok(described['fileDescriptorResponse'], JSON.stringify(described));
    call.end();
    raw.close();
  });
});

describe('proto loader', () => {
  it('finds the project by its proto folder, and every service in it', () => {
    const root = repoRoot(import.meta.dirname);
    const definition = loadService(
      root,
      'ticketbottle/inventory/v1/inventory.proto',
      'ticketbottle.inventory.v1.InventoryService',
    );
    assert.equal(serviceNameOf(definition), 'ticketbottle.inventory.v1.InventoryService');
    assert.throws(
      () => loadService(root, 'ticketbottle/inventory/v1/inventory.proto', 'x.Y'),
      /has no service x.Y; it has/,
    );
    assert.throws(() => repoRoot('/'), /TICKETBOTTLE_ROOT/);
    assert.throws(() => repoRoot('/', '/nowhere'), /no proto/);
  });
});
