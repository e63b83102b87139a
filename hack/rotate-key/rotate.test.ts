import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ManualClock } from '#runtime/clock.ts';
import {
  createJwtVerifier,
  generateKeyPairJwk,
  importSigningKey,
  type JSONWebKeySet,
  type JWK,
  jwksOf,
  signJwt,
} from '#runtime/tokens.ts';
import { type Change, PURPOSES, type Purpose, rotate, type Step, WrongStep } from './rotate.ts';

type Held = Readonly<Record<string, string>>;

const common = { clock: new ManualClock(1_800_000_000_000), issuer: 'tb', audience: 'test' };

async function freshKeys(): Promise<Held> {
  const entries = await Promise.all(
    PURPOSES.map(async (purpose) => {
      const { privateJwk } = await generateKeyPairJwk();
      return [
        [`${purpose}_PRIVATE_JWK`, JSON.stringify(privateJwk)],
        [`${purpose}_JWKS`, JSON.stringify(jwksOf(privateJwk))],
      ];
    }),
  );
  return Object.fromEntries(entries.flat()) as Held;
}

const changed = (held: Held, change: Change): Held =>
  Object.fromEntries(
    Object.entries({ ...held, ...change }).filter((entry): entry is [string, string] => entry[1] !== null),
  );

/** A token of a pod that holds these keys. */
async function signedBy(held: Held, purpose: Purpose): Promise<string> {
  const key = await importSigningKey(JSON.parse(held[`${purpose}_PRIVATE_JWK`] ?? '') as JWK);
  return await signJwt({ ...common, key, subject: 's', ttlMs: 60_000 });
}

/** Whether a pod that holds these keys takes it. */
async function takenBy(held: Held, purpose: Purpose, token: string): Promise<boolean> {
  const jwks = JSON.parse(held[`${purpose}_JWKS`] ?? '') as JSONWebKeySet;
  return await createJwtVerifier({ ...common, jwks })(token).then(
    () => true,
    () => false,
  );
}

describe('another signing key', () => {
  for (const purpose of PURPOSES)
    it(`for ${purpose}: no token is refused while pods take up a step one after another, old and new`, async () => {
      const states = [await freshKeys()];
      const steps: Step[] = purpose === 'TICKET' ? ['announce', 'use'] : ['announce', 'use', 'forget'];
      for (const step of steps) {
        const held = states.at(-1) as Held;
        states.push(changed(held, await rotate(held, purpose, step)));
      }
      // During a step some pods hold what was before it, others what is after it.
      for (const [at, held] of states.slice(1).entries())
        for (const signer of [states[at] as Held, held])
          for (const checker of [states[at] as Held, held])
            assert.ok(await takenBy(checker, purpose, await signedBy(signer, purpose)), `step ${steps[at]}`);
      const [first, last] = [states[0] as Held, states.at(-1) as Held];
      const old = await signedBy(first, purpose);
      assert.notEqual(first[`${purpose}_PRIVATE_JWK`], last[`${purpose}_PRIVATE_JWK`]);
      assert.equal(
        await takenBy(last, purpose, old),
        purpose === 'TICKET',
        'a ticket is good for ever, a token is not',
      );
      // Nothing else of the Secret moved, and nothing is left over.
      assert.deepEqual(Object.keys(last), Object.keys(first));
      for (const key of Object.keys(first).filter((name) => !name.startsWith(purpose)))
        assert.equal(last[key], first[key]);
    });

  it('is refused out of order, with the step that is due', async () => {
    const fresh = await freshKeys();
    const announced = changed(fresh, await rotate(fresh, 'ACCESS', 'announce'));
    for (const [held, purpose, step, due] of [
      [fresh, 'ACCESS', 'use', /announce/],
      [announced, 'ACCESS', 'announce', /use/],
      [announced, 'ACCESS', 'forget', /use/],
      [fresh, 'TICKET', 'forget', /stays known/],
      [{}, 'ACCESS', 'announce', /has no ACCESS_PRIVATE_JWK/],
    ] as const)
      await assert.rejects(rotate(held, purpose, step), (error: unknown) => {
        assert.ok(error instanceof WrongStep);
        assert.match(error.message, due);
        return true;
      });
  });

  it('comes as a patch of the Secret that kubectl prints', async () => {
    const fresh = await freshKeys();
    const data = Object.fromEntries(
      Object.entries(fresh).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    const ask = async (input: string, ...args: string[]) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
      child.stdin.end(input);
      const exited = once(child, 'exit');
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { code: (await exited)[0] as number, stdout, stderr };
    };
    const { code, stdout } = await ask(JSON.stringify({ kind: 'Secret', data }), 'ACCESS', 'announce');
    assert.equal(code, 0);
    const patch = JSON.parse(stdout) as { data: Record<string, string> };
    assert.deepEqual(Object.keys(patch.data), ['ACCESS_NEXT_PRIVATE_JWK', 'ACCESS_JWKS']);
    const jwks = JSON.parse(Buffer.from(patch.data['ACCESS_JWKS'] ?? '', 'base64').toString()) as JSONWebKeySet;
    assert.equal(jwks.keys.length, 2);
    assert.ok(
      jwks.keys.every((key) => key.d === undefined),
      'private halves are not published',
    );
    assert.equal((await ask(JSON.stringify({ data }), 'ACCESS', 'use')).code, 1);
    assert.equal((await ask('', 'ACCESS', 'use')).code, 2);
    assert.match((await ask('{}', 'access', 'use')).stderr, /usage/);
  });
});
