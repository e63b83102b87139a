import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#runtime/clock.ts';
import { createClient } from '#runtime/grpc-client.ts';
import { bindService, startGrpcServer } from '#runtime/grpc-server.ts';
import { silentLogger } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { loadService, repoRoot } from '#runtime/proto-loader.ts';
import { Readiness } from '#runtime/readiness.ts';
import {
  isSignedBy,
  issueCertificate,
  type KeyPair,
  makeAuthority,
  readCertificate,
  splitBundle,
} from './certificate-authority.ts';
import {
  AUTHORITY_DAYS,
  bundleOf,
  CERTIFICATE_DAYS,
  callerNames,
  decide,
  dnsNamesOf,
  type Held,
  SPREADING_MS,
} from './service-tls.ts';
import { aPlatform } from './testing/a-platform.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
const platform = aPlatform();

describe('certificates of services', () => {
  let first: KeyPair;
  let second: KeyPair;
  before(async () => {
    first = await makeAuthority('shop/first', NOW, AUTHORITY_DAYS);
    second = await makeAuthority('shop/second', NOW, AUTHORITY_DAYS);
  });
  const issue = (authority: KeyPair, name: string, at = NOW) =>
    issueCertificate(authority, name, [`${name}.test`], at, CERTIFICATE_DAYS);
  const heldBy = async (authority: KeyPair, bundle: string, at = NOW): Promise<Held> => ({
    pair: await issue(authority, 'user', at),
    bundle,
    bundleSince: at,
  });

  it('lets each service be called by its callers and by the operator where that prepares sales', () => {
    assert.deepEqual(callerNames('payment'), ['order']);
    assert.deepEqual(callerNames('inventory').sort(), ['gateway', 'operator', 'order']);
    assert.deepEqual(callerNames('user'), ['gateway']);
  });

  it('issues for the names that callers use, for both sides of a call', async () => {
    const { cert } = await issueCertificate(first, 'order', dnsNamesOf(platform, 'order'), NOW, CERTIFICATE_DAYS);
    const facts = readCertificate(cert);
    assert.equal(facts?.name, 'order');
    assert.ok(facts?.dnsNames.includes('ticketbottle-order.ticketbottle.svc.cluster.local'));
    assert.ok(isSignedBy(cert, first.cert));
    assert.ok(!isSignedBy(cert, second.cert));
  });

  it('renews at two thirds of a life, and not before', async () => {
    const bundle = bundleOf(first, [], NOW);
    const held = await heldBy(first, bundle);
    const at = (ms: number) => decide(first, bundle, held, ['user.test'], 0, ms);
    assert.equal(at(NOW + 59 * DAY).kind, 'keep');
    assert.equal(at(NOW + 61 * DAY).kind, 'issue');
    const early = at(NOW + DAY);
    assert.ok(early.kind === 'keep' && Math.abs(early.lookAgainMs - 59 * DAY) < DAY);
  });

  for (const [what, change] of [
    ['none', () => undefined],
    ['a broken one', (held: Held) => ({ ...held, pair: { cert: 'x', key: 'y' } })],
    ['the key of another', (held: Held, other: KeyPair) => ({ ...held, pair: { ...held.pair, key: other.key } })],
  ] as const)
    it(`issues at once where there is ${what}`, async () => {
      const bundle = bundleOf(first, [], NOW);
      const held = change(await heldBy(first, bundle), await issue(first, 'x'));
      assert.equal(decide(first, bundle, held, ['user.test'], NOW, NOW).kind, 'issue');
    });

  it('trusts a new authority everywhere before anybody shows one of its certificates', async () => {
    const old = bundleOf(first, [], NOW);
    const held = await heldBy(first, old, NOW - DAY);
    const bundle = bundleOf(second, [held], NOW);
    assert.deepEqual(new Set(splitBundle(bundle)), new Set([first.cert.trim(), second.cert.trim()]));
    assert.equal(decide(second, bundle, held, ['user.test'], 0, NOW).kind, 'trust');
    const trusting = { ...held, bundle, bundleSince: NOW };
    assert.equal(decide(second, bundle, trusting, ['user.test'], NOW, NOW + SPREADING_MS - 1).kind, 'keep');
    assert.equal(decide(second, bundle, trusting, ['user.test'], NOW, NOW + SPREADING_MS).kind, 'issue');
  });

  it('never breaks a call while an authority is replaced, however late files arrive', async () => {
    type History = { readonly at: number; readonly held: Held }[];
    const names = ['gateway', 'order', 'payment'];
    const histories = new Map<string, History>();
    const start = bundleOf(first, [], NOW);
    for (const name of names)
      histories.set(name, [
        { at: NOW - DAY, held: { pair: await issue(first, name, NOW - DAY), bundle: start, bundleSince: NOW - DAY } },
      ]);
    const latest = (name: string) => histories.get(name)?.at(-1)?.held as Held;
    /** Every version that a process may still be using. */
    const inUse = (name: string, now: number) => {
      const all = histories.get(name) ?? [];
      return all
        .filter((_one, index) => (all[index + 1]?.at ?? Number.POSITIVE_INFINITY) > now - SPREADING_MS)
        .map(({ held }) => held);
    };
    const checked = new Map<string, boolean>();
    const isKnown = (shown: Held, judge: Held) => {
      const pair = `${shown.pair.cert}${judge.bundle}`;
      const known = checked.get(pair) ?? splitBundle(judge.bundle).some((one) => isSignedBy(shown.pair.cert, one));
      checked.set(pair, known);
      return known;
    };
    for (let now = NOW; now < NOW + 30 * MINUTE; now += MINUTE) {
      const held = names.map(latest);
      const bundle = bundleOf(second, held, now);
      const since = Math.max(...held.map(({ bundleSince }) => bundleSince));
      for (const name of names) {
        const before = latest(name);
        const decision = decide(second, bundle, before, [`${name}.test`], since, now);
        if (decision.kind === 'keep') continue;
        const pair = decision.kind === 'issue' ? await issue(second, name, now) : before.pair;
        const bundleSince = before.bundle === decision.bundle ? before.bundleSince : now;
        histories.get(name)?.push({ at: now, held: { pair, bundle: decision.bundle, bundleSince } });
      }
      for (const shows of names)
        for (const judges of names)
          for (const shown of inUse(shows, now))
            for (const judge of inUse(judges, now))
              assert.ok(
                isKnown(shown, judge),
                `${judges} does not know what ${shows} shows, minute ${(now - NOW) / MINUTE}`,
              );
    }
    for (const name of names) {
      assert.ok(isSignedBy(latest(name).pair.cert, second.cert));
      assert.deepEqual(
        splitBundle(latest(name).bundle),
        [second.cert.trim()],
        'the old authority is trusted no longer',
      );
    }
  });

  it('makes what gRPC takes on both sides', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'service-tls-'));
    const authority = await makeAuthority('shop/tb', Date.now(), AUTHORITY_DAYS);
    const folder = async (name: string) => {
      const { cert, key } = await issue(authority, name, Date.now());
      mkdirSync(join(dir, name));
      for (const [file, text] of [
        ['tls.crt', cert],
        ['tls.key', key],
        ['ca.crt', authority.cert],
      ] as const)
        writeFileSync(join(dir, name, file), text);
      return { directory: join(dir, name), refreshMs: 50 };
    };
    const definition = loadService(
      repoRoot(import.meta.dirname),
      'ticketbottle/user/v1/user.proto',
      'ticketbottle.user.v1.UserService',
    );
    const readiness = new Readiness();
    readiness.set('started', true);
    const methods = Object.keys(definition).map((name) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      async () => ({ user: { id: 'u' } }),
    ]);
    await using server = await startGrpcServer({
      services: [bindService(definition, Object.fromEntries(methods) as never)],
      port: 0,
      host: '127.0.0.1',
      log: silentLogger(),
      metrics: createMetrics('user'),
      readiness,
      clock: systemClock,
      tls: await folder('user'),
      callers: callerNames('user'),
    });
    interface User {
      getUser(request: object, options: object): Promise<{ user: { id: string } }>;
    }
    const call = async (name: string) => {
      using client = createClient<User>({
        address: `127.0.0.1:${server.port}`,
        definition,
        log: silentLogger(),
        tls: { ...(await folder(name)), serverName: 'user.test' },
      });
      return (await client.getUser({}, { waitForReady: true })).user.id;
    };
    assert.equal(await call('gateway'), 'u');
    await assert.rejects(call('waitroom'), { reason: 'CALLER_NOT_ALLOWED' });
    rmSync(dir, { recursive: true });
  });
});
