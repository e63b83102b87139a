import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DeleteRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { strToU8 } from 'fflate';
import { zipFiles } from '#hack/lambda/zip.ts';
import { createFunctions } from '#operator/external/lambda.ts';
import type { Bundle, DesiredFunction } from '#operator/external/lambda-desired.ts';
import type { FunctionChange } from '#operator/external/lambda-diff.ts';
import { createLogGroups } from '#operator/external/logs.ts';
import { allowedWhileFrozen } from '#operator/platform/components/functions.ts';
import { converge } from '#operator/platform/converge.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { differences } from '../external/converging.ts';
import {
  ACCOUNT,
  aliasText,
  apply,
  clientOptions,
  createStage,
  desiredFunction,
  rollOut,
  type Stage,
} from './function-stage.ts';

/** Each thing that a platform may say of a function, against an AWS endpoint that is not ours. */
describe('what a platform says of a function', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let stage: Stage;
  let s3: S3Client;
  let layer: string;

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    stage = createStage(backing);
    s3 = new S3Client({ ...clientOptions(backing), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
    const Content = { ZipFile: zip('return 0;').bytes };
    const published = await stage.lambda.send(new PublishLayerVersionCommand({ LayerName: 'certs', Content }));
    layer = published.LayerVersionArn ?? '';
  });
  after(async () => {
    s3?.destroy();
    stage?.close();
    await backing?.stop();
  });

  const zip = (body: string) =>
    zipFiles(new Map([['index.mjs', strToU8(`export const handler = async (event) => { ${body} };`)]]));
  const bundle = (body: string): Bundle => {
    const { bytes, sha256 } = zip(body);
    return { zip: bytes, codeSha256: Buffer.from(sha256, 'hex').toString('base64') };
  };
  /** All traffic at once: what is rolled out in steps has tests of its own. */
  const wanted = (name: string, change: Partial<DesiredFunction> = {}) =>
    desiredFunction(name, bundle("return 'one';"), { A: '1' }, { steps: [100], ...change });
  const versionsOf = async (FunctionName: string) =>
    ((await stage.lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))).Versions ?? [])
      .map(({ Version }) => Version)
      .filter((version) => version !== '$LATEST');
  const adapter = () => createFunctions(stage, systemClock);
  const settled = async (desired: DesiredFunction) => assert.deepEqual(await differences(adapter(), [desired]), []);

  const everything = (): DesiredFunction =>
    wanted('everything', {
      memoryMB: 384,
      timeoutSeconds: 45,
      subnetIds: ['subnet-2', 'subnet-1'],
      securityGroupIds: ['sg-1'],
      layers: [layer],
      deadLetterArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:everything-dlq`,
      reservedConcurrency: 20,
      provisionedConcurrency: 3,
      tags: { team: 'tickets' },
    });

  it('is there: size, network, layers, dead letters, tags, concurrency of both kinds; and then nothing differs', async () => {
    await stage.roll(everything());
    await settled(everything());
    const { Configuration, Concurrency, Tags } = await stage.lambda.send(
      new GetFunctionCommand({ FunctionName: 'everything' }),
    );
    const { Runtime, MemorySize, Timeout, Environment, VpcConfig, Layers, DeadLetterConfig, TracingConfig } =
      Configuration ?? {};
    assert.deepEqual(
      [Runtime, MemorySize, Timeout, Environment?.Variables, Layers?.map(({ Arn }) => Arn), TracingConfig?.Mode],
      ['nodejs24.x', 384, 45, { A: '1' }, [layer], 'Active'],
    );
    assert.deepEqual(
      [VpcConfig?.SubnetIds?.toSorted(), VpcConfig?.SecurityGroupIds],
      [['subnet-1', 'subnet-2'], ['sg-1']],
    );
    assert.match(DeadLetterConfig?.TargetArn ?? '', /:everything-dlq$/);
    assert.equal(Concurrency?.ReservedConcurrentExecutions, 20);
    assert.deepEqual(Tags, { team: 'tickets', 'ticketbottle.io/platform': 'tests/tb' });
  });

  it('is a new version where it belongs to one, exactly one, and none where it does not', async () => {
    let want = everything();
    const becomes = async (change: Partial<DesiredFunction>) => {
      const before = (await versionsOf('everything')).at(-1);
      want = { ...want, ...change };
      await stage.roll(want);
      await settled(want);
      return Number((await versionsOf('everything')).at(-1)) - Number(before);
    };
    assert.equal(await becomes({ bundle: bundle("return 'two';") }), 1, 'code');
    assert.equal(await becomes({ memoryMB: 512 }), 1, 'memory');
    assert.equal(await becomes({ timeoutSeconds: 60 }), 1, 'timeout');
    assert.equal(await becomes({ env: { A: '2' } }), 1, 'environment');
    assert.equal(await becomes({ layers: [] }), 1, 'layers');
    assert.equal(await becomes({ subnetIds: [], securityGroupIds: [] }), 1, 'network');
    assert.equal(await becomes({ deadLetterArn: undefined }), 1, 'dead letters');
    assert.equal(await becomes({ runtime: 'nodejs22.x' }), 1, 'runtime');
    assert.equal(await becomes({ reservedConcurrency: undefined, provisionedConcurrency: undefined }), 0);
    assert.equal(await becomes({ tags: { team: 'doors' } }), 0, 'tags');
    assert.equal(await becomes({ runtime: 'nodejs24.x' }), 0, 'what was there before is gone back to');
  });

  it('keeps its warm environments through a rollout in steps: AWS hands over, and changes wait for the end', async () => {
    const FunctionName = 'warm';
    const first = wanted(FunctionName, { steps: [30, 100], intervalMs: 300, provisionedConcurrency: 2 });
    await stage.roll(first);
    const second = { ...first, bundle: bundle("return 'two';"), provisionedConcurrency: 3 };
    let refused = 0;
    const cold: string[] = [];
    const { path } = await stage.roll(second, ({ alias, provisioning, provisionedConcurrency }) => {
      if (alias?.candidate !== undefined && provisionedConcurrency === 3) refused++;
      if (alias?.version === '2' && alias.candidate === undefined && provisioning?.status !== 'READY')
        cold.push(`${provisioning?.status}`);
    });
    assert.deepEqual(path, ['1', '1+2@30', '2+1@100', '2']);
    assert.deepEqual([cold, refused], [[], 0], 'nobody waits for a cold start');
    await settled(second);
    // What the diff leaves alone while traffic is split, AWS refuses.
    const RoutingConfig = { AdditionalVersionWeights: { '1': 0.5 } };
    await stage.lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', RoutingConfig }));
    const more = { FunctionName, Qualifier: 'live', ProvisionedConcurrentExecutions: 9 };
    await assert.rejects(stage.lambda.send(new PutProvisionedConcurrencyConfigCommand(more)), /Alias with weights/);
  });

  it('is brought back when somebody changes it by hand, without a new version', async () => {
    const FunctionName = 'drifted';
    const desired = wanted(FunctionName, { reservedConcurrency: 7, tags: { team: 'tickets' } });
    await stage.roll(desired);
    const arn = (await stage.lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionArn ?? '';
    await stage.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 999 }));
    await stage.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    await stage.lambda.send(new UntagResourceCommand({ Resource: arn, TagKeys: ['team'] }));
    await stage.lambda.send(new PublishVersionCommand({ FunctionName }));
    await stage.lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
    assert.equal((await stage.roll(desired)).live, '1');
    await settled(desired);
    assert.deepEqual(await versionsOf(FunctionName), ['1', '2']);
  });

  it('is said of a function that was there before, whose versions and alias are taken over', async () => {
    const FunctionName = 'adopted';
    const desired = wanted(FunctionName, { steps: [30, 100] });
    const { bytes } = zip("return 'one';");
    await stage.lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: desired.roleArn },
        ...{ Code: { ZipFile: bytes }, Timeout: desired.timeoutSeconds, MemorySize: desired.memoryMB },
        ...{ Environment: { Variables: { A: '1' } }, TracingConfig: { Mode: 'Active' } },
      }),
    );
    await waitUntilFunctionActiveV2({ client: stage.lambda, maxWaitTime: 20 }, { FunctionName });
    await stage.lambda.send(new PublishVersionCommand({ FunctionName }));
    await stage.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    assert.deepEqual(await differences(adapter(), [desired]), ['function adopted: is taken over']);
    assert.deepEqual((await stage.roll(desired)).path, ['1']);
    assert.deepEqual(await versionsOf(FunctionName), ['1']);
    assert.deepEqual((await stage.roll({ ...desired, env: { A: '2' } })).path, ['1', '1+2@30', '2']);
    await assert.rejects(stage.roll({ ...desired, owner: 'tests/other' }), /belongs to platform tests\/tb/);
  });

  it('leaves three old versions, and those that serve, are pinned or have an alias of somebody else', async () => {
    const desired = wanted('pruned');
    await stage.roll(desired);
    const alias = { FunctionName: 'pruned', Name: 'theirs', FunctionVersion: '1' };
    await stage.lambda.send(new CreateAliasCommand(alias));
    for (let n = 1; n <= 6; n++)
      await stage.roll({ ...desired, bundle: bundle(`return ${n};`), ...(n === 6 && { pin: '3' }) });
    assert.deepEqual(await versionsOf('pruned'), ['1', '3', '4', '5', '6', '7']);
  });

  it('gets all traffic at once with another role: AWS refuses to split it', async () => {
    const desired = wanted('other-role', { steps: [30, 100] });
    await stage.roll(desired);
    const { path } = await stage.roll({ ...desired, roleArn: `arn:aws:iam::${ACCOUNT}:role/other` });
    assert.deepEqual(path, ['1', '2']);
    assert.deepEqual((await stage.roll({ ...desired, env: { A: '2' } })).path, ['2', '3']);
  });

  it('goes back from a bad version while a freeze holds back what comes next', async () => {
    const alarm = {
      ...{ AlarmName: 'held', Namespace: 'Shop', MetricName: 'Held', Statistic: 'Sum' as const },
      ...{ Period: 60, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' as const },
    };
    const turn = (StateValue: 'OK' | 'ALARM') =>
      stage.cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'held', StateValue, StateReason: 'by the test' }));
    await stage.cloudWatch.send(new PutMetricAlarmCommand(alarm));
    await turn('OK');
    const first = wanted('held', { alarms: ['held'], steps: [30, 100], intervalMs: 60_000 });
    await stage.roll(first);
    const pass = (desired: DesiredFunction, holds: (change: FunctionChange) => boolean = () => false) =>
      converge(adapter(), [desired], { observeOnly: false, signal: AbortSignal.timeout(30_000), holds });
    const state = async (desired: DesiredFunction, holds?: (change: FunctionChange) => boolean) => {
      const found = (await pass(desired, holds)).observed.functions.get('held');
      return found === undefined ? '' : aliasText(found);
    };
    const second = { ...first, env: { A: '2' } };
    for (let n = 0; n < 60 && (await state(second)) !== '1+2@30'; n++) await systemClock.sleep(200);
    const third = { ...first, env: { A: '3' } };
    const frozen = (change: FunctionChange) => !allowedWhileFrozen(change);
    assert.equal(await state(third, frozen), '1+2@30', 'it is no reason to go back that more is to come');
    await turn('ALARM');
    assert.equal(await state(third, frozen), '1');
    assert.deepEqual(await versionsOf('held'), ['1', '2'], 'and what comes next is held back still');
  });

  it('may be code in S3, and an object that is something else is not published', async () => {
    const put = async (Key: string, body: string) => {
      const { bytes, sha256 } = zip(body);
      await s3.send(new PutObjectCommand({ Bucket: 'code', Key, Body: bytes }));
      return { sha256, from: (hex: string): Bundle => ({ s3: { bucket: 'code', key: Key }, codeSha256: base64(hex) }) };
    };
    const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
    const one = await put('one.zip', "return 'from S3';");
    const desired = wanted('from-s3', { bundle: one.from(one.sha256) });
    assert.equal((await stage.roll(desired)).live, '1');
    const answer = await stage.lambda.send(new InvokeCommand({ FunctionName: 'from-s3', Qualifier: 'live' }));
    assert.equal(answer.Payload?.transformToString(), '"from S3"');

    const other = await put('two.zip', "return 'something else';");
    const said = createHash('sha256').update('what was meant').digest('hex');
    await assert.rejects(
      stage.roll({ ...desired, bundle: other.from(said) }),
      new RegExp(`s3://code/two.zip has SHA-256 ${other.sha256}, code.sha256 says ${said}: correct one of them`),
    );
    assert.deepEqual(await versionsOf('from-s3'), ['1']);
    assert.equal((await stage.roll({ ...desired, bundle: other.from(other.sha256) })).live, '2');
  });

  it('may be an image, which brings its own runtime, entry point and layers', async () => {
    const digest = 'a'.repeat(64);
    const imageUri = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/pdf-generator@sha256:${digest}`;
    const lambda = new LambdaClient(clientOptions(backing));
    // AWS tells an image's digest as the hash of its code; this endpoint, which pulls none, leaves it empty.
    lambda.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        const told = answer.output as { Configuration?: FunctionConfiguration; Versions?: FunctionConfiguration[] };
        for (const one of [told as FunctionConfiguration, told.Configuration, ...(told.Versions ?? [])])
          if (one?.PackageType === 'Image') one.CodeSha256 = digest;
        return answer;
      },
      { step: 'initialize' },
    );
    try {
      const images = { lambda, cloudWatch: stage.cloudWatch };
      const desired = wanted('from-image', { bundle: { imageUri, codeSha256: digest }, layers: [layer] });
      assert.equal((await rollOut(images, desired)).live, '1');
      assert.deepEqual(await differences(createFunctions(images, systemClock), [desired]), []);
      const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'from-image' }));
      assert.deepEqual(
        [Configuration?.PackageType, Code?.ImageUri, Configuration?.Runtime ?? '', Configuration?.Layers ?? []],
        ['Image', imageUri, '', []],
      );
      // Nothing here could run it, so nobody checks it first.
      assert.equal((await rollOut(images, { ...desired, memoryMB: 512, promote: '2' })).live, '2');
      const other = { imageUri: imageUri.replaceAll('aaaa', 'bbbb'), codeSha256: 'b'.repeat(64) };
      await assert.rejects(rollOut(images, { ...desired, bundle: other }), /correct one of them/);
      assert.deepEqual(await versionsOf('from-image'), ['1', '2'], 'what is not as promised is not published');
    } finally {
      lambda.destroy();
    }
  });

  it('has its logs kept for as long as is said, also after somebody said otherwise', async () => {
    const logs = new CloudWatchLogsClient(clientOptions(backing));
    try {
      const groups = [{ name: '/aws/lambda/everything', retentionDays: 30 }];
      await apply(createLogGroups(logs), groups);
      await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: '/aws/lambda/everything' }));
      assert.equal((await differences(createLogGroups(logs), groups)).length, 1);
      await apply(createLogGroups(logs), groups);
      assert.deepEqual(await differences(createLogGroups(logs), groups), []);
    } finally {
      logs.destroy();
    }
  });

  it('minds an alarm of somebody else: none begins while it is on, and it takes back what is on its way', async () => {
    const alarm = {
      ...{ AlarmName: 'paid-without-ticket', Namespace: 'Shop', MetricName: 'Unticketed', Statistic: 'Sum' as const },
      ...{ Period: 60, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' as const },
    };
    const turn = (StateValue: 'OK' | 'ALARM') =>
      stage.cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName: alarm.AlarmName, StateValue, StateReason: 'by the test' }),
      );
    const first = wanted('minded', { alarms: [alarm.AlarmName], steps: [30, 100], intervalMs: 60_000 });
    await stage.roll(first);
    const second = { ...first, env: { A: '2' } };
    const now = async () => (await differences(adapter(), [second])).join();
    const act = async () => {
      const changes = adapter().diff([second], await adapter().observe([second], AbortSignal.timeout(10_000)));
      await adapter().apply(changes, AbortSignal.timeout(10_000));
    };
    for (let n = 0; n < 60 && !/does not exist/.test(await now()); n++) await act();
    assert.match(await now(), /version 2 stays at 0%: alarm paid-without-ticket does not exist/);
    await stage.cloudWatch.send(new PutMetricAlarmCommand(alarm));
    await turn('ALARM');
    assert.match(await now(), /version 2 stays at 0%: alarm paid-without-ticket is on/);
    await turn('OK');
    await act();
    assert.match(await now(), /version 2 is baking at 30%/);
    await turn('ALARM');
    const { rejected, live } = await stage.roll(second);
    assert.deepEqual([live, rejected], ['1', { version: '2', why: 'alarm paid-without-ticket went off' }]);
  });
});
