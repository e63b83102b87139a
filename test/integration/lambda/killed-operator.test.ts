import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { strToU8 } from 'fflate';
import { zipFiles } from '#hack/lambda/zip.ts';
import type { Bundle } from '#operator/external/lambda-desired.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { clientOptions, createStage, desiredFunction, type Rolled, rollOut, type Stage } from './function-stage.ts';

/** What changes something at AWS; after each of these an operator may be gone. */
const WRITES = /^(Create|Update|Publish|Put|Delete|Tag)/;

class Killed extends Error {}

describe('an operator that is killed at any step of a rollout', function () {
  this.timeout(240_000);
  let backing: Backing<'aws'>;
  let stage: Stage;

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    stage = createStage(backing);
  });
  after(async () => {
    stage?.close();
    await backing?.stop();
  });

  const bundle = (source: string): Bundle => {
    const files = new Map([['index.mjs', strToU8(`export const handler = async (event) => { ${source} };`)]]);
    const zip = zipFiles(files).bytes;
    return { zip, codeSha256: createHash('sha256').update(zip).digest('base64') };
  };

  /** Clients of one life: after `writes` writes that AWS did carry out, the answer is lost and the process with it. */
  function mortal(writes: number, done: string[]) {
    const lambda = new LambdaClient(clientOptions(backing));
    const cloudWatch = new CloudWatchClient(clientOptions(backing));
    let left = writes;
    lambda.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        const name = context.commandName ?? '';
        if (!WRITES.test(name)) return answer;
        done.push(name);
        if (--left === 0) throw new Killed(`killed after ${name}`);
        return answer;
      },
      { step: 'initialize' },
    );
    return { lambda, cloudWatch, writes: () => writes - left };
  }

  /** Lives of the given length, one after another, until one finds nothing left to do. */
  async function inLives(length: number, wanted: ReturnType<typeof desiredFunction>) {
    const path: string[] = [];
    const done: string[] = [];
    for (let lives = 1; ; lives++) {
      assert.ok(lives < 60, 'does not get anywhere');
      const { lambda, cloudWatch } = mortal(length, done);
      const see = (state: string) => {
        if (path.at(-1) !== state) path.push(state);
      };
      try {
        const rolled: Rolled = await rollOut({ lambda, cloudWatch }, wanted, (seen) => {
          const { alias } = seen;
          if (alias !== undefined)
            see(
              alias.candidate === undefined
                ? alias.version
                : `${alias.version}+${alias.candidate.version}@${alias.candidate.weightPercent}`,
            );
        });
        return { rolled, path, done, lives };
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      } finally {
        lambda.destroy();
        cloudWatch.destroy();
      }
    }
  }

  const versionsOf = async (FunctionName: string) =>
    ((await stage.lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))).Versions ?? [])
      .map(({ Version }) => Version)
      .filter((version) => version !== '$LATEST');

  for (const length of [1, 2, 3]) {
    it(`goes on rightly when each life ends after ${length} write${length === 1 ? '' : 's'}`, async () => {
      const name = `killed-${length}`;
      const first = desiredFunction(name, bundle("return 'one';"), {}, { reservedConcurrency: 5 });
      assert.equal((await inLives(length, first)).rolled.live, '1');
      const second = { ...first, bundle: bundle("return 'two';"), env: { A: 'b' }, reservedConcurrency: 6 };
      const { rolled, path, done, lives } = await inLives(length, second);
      assert.deepEqual(path, ['1', '1+2@30', '1+2@60', '2']);
      assert.equal(rolled.live, '2');
      assert.deepEqual(await versionsOf(name), ['1', '2'], 'published once');
      assert.equal(done.filter((write) => write === 'PublishVersionCommand').length, 1);
      assert.ok(lives > 1);
    });
  }

  it('does not give traffic again to a version that was taken back', async () => {
    const first = desiredFunction('killed-rejected', bundle("return 'one';"), {});
    await stage.roll(first);
    const bad = {
      ...first,
      bundle: bundle("if (event.ticketbottle) return 1; throw new Error('broken');"),
      intervalMs: 30_000,
    };
    let over = false;
    const traffic = (async () => {
      while (!over) await stage.lambda.send(new InvokeCommand({ FunctionName: first.name, Qualifier: 'live' }));
    })();
    const { rolled, path } = await inLives(1, bad).finally(() => {
      over = true;
    });
    await traffic;
    assert.deepEqual(path, ['1', '1+2@30', '1']);
    assert.equal(rolled.rejected?.version, '2');
    const again = await inLives(1, bad);
    assert.deepEqual([again.path, again.done], [['1'], []], 'and nobody writes anything any more');
  });
});
