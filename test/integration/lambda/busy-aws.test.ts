import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { strToU8 } from 'fflate';
import { zipFiles } from '#hack/lambda/zip.ts';
import { failureOf } from '#operator/platform/failure.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { clientOptions, desiredFunction, rollOut } from './function-stage.ts';

const THROTTLED = { name: 'TooManyRequestsException', message: 'Rate exceeded', status: 429 };
const BUSY = { name: 'ResourceConflictException', message: 'An update is in progress', status: 409 };

/** The endpoint never has too much to do; what AWS says then is put in between, below the SDK's own retries. */
describe('an AWS that is busy', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let clients: { lambda: LambdaClient; cloudWatch: CloudWatchClient };
  /** The answer to a command instead of AWS's own; undefined lets it through. */
  let answer: (command: string, count: number) => typeof THROTTLED | undefined = () => undefined;
  const asked: string[] = [];

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    // As createAwsClients does.
    const options = { ...clientOptions(backing), maxAttempts: 4 };
    clients = { lambda: new LambdaClient(options), cloudWatch: new CloudWatchClient(options) };
    clients.lambda.middlewareStack.add(
      (next, context) => async (args) => {
        const command = context.commandName ?? '';
        asked.push(command);
        const refusal = answer(command, asked.filter((one) => one === command).length);
        if (refusal === undefined) return await next(args);
        const { name, message, status } = refusal;
        throw Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: status } });
      },
      { step: 'deserialize' },
    );
  });
  after(async () => {
    clients?.lambda.destroy();
    clients?.cloudWatch.destroy();
    await backing?.stop();
  });
  beforeEach(() => {
    asked.length = 0;
    answer = () => undefined;
  });

  function wanted(name: string, body: string) {
    const { bytes } = zipFiles(new Map([['index.mjs', strToU8(`export const handler = async () => ${body};`)]]));
    const codeSha256 = createHash('sha256').update(bytes).digest('base64');
    return desiredFunction(name, { zip: bytes, codeSha256 }, {}, { steps: [100] });
  }
  const roll = (desired: ReturnType<typeof wanted>) => rollOut(clients, desired);
  const versionsOf = async (FunctionName: string) =>
    ((await clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))).Versions ?? []).length - 1;

  it('that throttles every fifth request gets them again, and nobody notices', async () => {
    answer = (_command, _count) => (asked.length % 5 === 0 ? THROTTLED : undefined);
    assert.equal((await roll(wanted('throttled', '1'))).live, '1');
    assert.ok(asked.length >= 10);
  });

  it('that throttles on and on is asked four times and then left alone: no fault of the spec, tried again with back-off', async () => {
    answer = (command) => (command === 'ListAliasesCommand' ? THROTTLED : undefined);
    const error = await roll(wanted('throttled', '2')).then(
      () => assert.fail('came through'),
      (thrown: unknown) => thrown,
    );
    assert.equal(asked.filter((command) => command === 'ListAliasesCommand').length, 4);
    const { state, reason } = failureOf('FunctionsReady', error);
    assert.deepEqual([state, reason], ['failed', 'Progressing']);
    answer = () => undefined;
    assert.equal((await roll(wanted('throttled', '2'))).live, '2');
  });

  it('that is still at our last update answers ResourceConflict; later it goes on where it stood', async () => {
    answer = (command, count) => (command === 'PublishVersionCommand' && count === 1 ? BUSY : undefined);
    const desired = wanted('conflicting', '1');
    const error = await roll(desired).then(
      () => assert.fail('came through'),
      (thrown: unknown) => thrown,
    );
    assert.equal(failureOf('FunctionsReady', error).reason, 'Progressing');
    assert.equal((await roll(desired)).live, '1');
    assert.equal(await versionsOf('conflicting'), 1);
    assert.equal(asked.filter((command) => command === 'CreateFunctionCommand').length, 1);
  });
});
