import assert from 'node:assert/strict';
import { systemClock } from '../clock.ts';
import { lambdaFunction } from './lambda-function.ts';
import { xrayParent } from './xray-trace.ts';

describe('lambdaFunction', () => {
  const env = { AWS_LAMBDA_FUNCTION_NAME: 'p-x', AWS_LAMBDA_FUNCTION_VERSION: '7', LOG_LEVEL: 'fatal' };

  function harness(handle: Parameters<typeof lambdaFunction<{ n: number }, string>>[0]['handle']) {
    const lines: Record<string, unknown>[] = [];
    const handler = lambdaFunction<{ n: number }, string>({
      name: 'x',
      env,
      clock: systemClock,
      handle,
      check: async () => {},
      write: (line) => lines.push(JSON.parse(line)),
    });
    return { handler, lines };
  }

  it('tells per version what the call did, also when it throws, and which call was the cold one', async () => {
    const { handler, lines } = harness(async ({ n }, { metrics, fault }) => {
      metrics.Things = [n, 'Count'];
      if (n === 2) fault();
      if (n === 3) throw new Error('broken');
      return 'done';
    });
    assert.equal(await handler({ n: 1 }), 'done');
    await handler({ n: 2 });
    await assert.rejects(handler({ n: 3 }), /broken/);
    assert.deepEqual(
      lines.map(({ FunctionName, FunctionVersion, Things, Faults, ColdStarts }) => [
        FunctionName,
        FunctionVersion,
        Things,
        Faults,
        ColdStarts,
      ]),
      [
        ['p-x', '7', 1, 0, 1],
        ['p-x', '7', 2, 1, 0],
        ['p-x', '7', 3, 0, 0],
      ],
    );
  });

  it('answers a check without doing anything, and counts it as no call', async () => {
    let calls = 0;
    const { handler, lines } = harness(async () => String(++calls));
    assert.deepEqual(await handler({ ticketbottle: 'check' } as never), { ok: true });
    assert.equal(calls, 0);
    assert.equal(lines.length, 0);
  });

  it('continues the trace that Lambda is in', () => {
    const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    assert.equal(xrayParent(header), '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01');
    assert.equal(xrayParent(header.replace('Sampled=1', 'Sampled=0'))?.slice(-3), '-00');
    assert.equal(xrayParent(undefined), undefined);
  });
});
