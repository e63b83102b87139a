import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { createLogger } from '../log.ts';
import { runInTrace } from '../trace-context.ts';
import { handleBatch, pipedEnvelope } from './sqs-batch.ts';

const envelope = { id: 'i1', type: 'order.paid', time: '2026-01-01T00:00:00Z', key: 'o1', data: { orderId: 'o1' } };
const piped = JSON.stringify({
  topic: 'order.paid',
  partition: 0,
  offset: 7,
  key: Buffer.from('o1').toString('base64'),
  value: Buffer.from(JSON.stringify(envelope)).toString('base64'),
});

describe('SQS batches fed by a pipe', () => {
  it('reads the envelope from a Kafka record and from a plain body', () => {
    assert.equal(pipedEnvelope(piped).id, 'i1');
    assert.equal(pipedEnvelope(JSON.stringify(envelope)).key, 'o1');
  });

  it('reports only the messages that failed, unreadable ones included', async () => {
    const log = createLogger({ service: 'test', level: 'silent' });
    const event = {
      Records: [
        { messageId: 'good', body: piped },
        { messageId: 'garbage', body: 'no json' },
        { messageId: 'bad', body: piped },
      ],
    };
    let calls = 0;
    const answer = await handleBatch(event, log, async (body) => {
      pipedEnvelope(body);
      calls += 1;
      if (calls === 2) throw new Error('no');
    });
    assert.deepEqual(
      answer.batchItemFailures.map((item) => item.itemIdentifier),
      ['garbage', 'bad'],
    );
  });

  it('names in each line the purchase that its message tells of, and not the call that carries several', async () => {
    const lines: { trace_id?: string; msg: string; n?: number }[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const log = createLogger({ service: 'test', traced: true, destination });
    const traces = ['a', 'b'].map((digit) => digit.repeat(32));
    const Records = traces.map((trace, n) => ({
      messageId: String(n),
      body: JSON.stringify({ ...envelope, traceparent: `00-${trace}-00000000000000aa-01` }),
    }));
    await runInTrace(`00-${'c'.repeat(32)}-00000000000000aa-01`, () =>
      handleBatch({ Records }, log, async (body) => {
        await setImmediate();
        log.info('at work');
        if (body.includes(traces[1] ?? '')) throw new Error('no');
      }),
    );
    assert.deepEqual(
      lines.map(({ msg, trace_id }) => [msg, trace_id]),
      [
        ['at work', traces[0]],
        ['at work', traces[1]],
        ['message failed', traces[1]],
      ],
    );
  });
});
