import assert from 'node:assert/strict';
import fastify, { type FastifyInstance } from 'fastify';
import { failedPrecondition, internal, resourceExhausted, unavailable } from '#runtime/errors.ts';
import { createLogger } from '#runtime/log.ts';
import { writing } from './onward.ts';
import { sendProblem } from './problem.ts';

describe('problems', () => {
  let app: FastifyInstance;
  let thrown: Error;
  let calledIn: string | undefined;
  const lines: { msg: string; trace_id?: string }[] = [];
  const log = createLogger({ service: 'test', destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  before(() => {
    app = fastify();
    app.decorateRequest('traceparent', '');
    app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log));
    app.get('/', (request) => {
      calledIn = writing(request).traceparent;
      return Promise.reject(thrown);
    });
  });
  after(() => app.close());

  async function answerTo(error: Error) {
    thrown = error;
    const answer = await app.inject('/');
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], ...answer.json() };
  }

  it('say when to come again with every 429, and with what may succeed when it is repeated', async () => {
    assert.equal((await answerTo(resourceExhausted('TOO_MANY_STREAMS', 'x'))).retryAfter, '1');
    const full = resourceExhausted('QUEUE_FULL', 'x', { details: { retryAfterMs: 4_200 } });
    assert.equal((await answerTo(full)).retryAfter, '5');
    assert.equal((await answerTo(unavailable('ORDERS_BUSY', 'x'))).retryAfter, '1');
    assert.equal((await answerTo(failedPrecondition('SOLD_OUT', 'x'))).retryAfter, undefined, 'waiting does not help');
  });

  it('show the word and the facts of a refusal, and nothing of what broke', async () => {
    const refused = await answerTo(failedPrecondition('NOT_ADMITTED_YET', 'not yet', { details: { place: 7 } }));
    assert.deepEqual([refused.status, refused.code, refused.detail], [409, 'NOT_ADMITTED_YET', 'not yet']);
    assert.deepEqual(refused.details, { place: 7 });
    for (const error of [new Error('password=secret'), internal('INTERNAL', 'secret', { details: { at: 'secret' } })]) {
      const broken = await answerTo(error);
      assert.deepEqual([broken.status, broken.code], [500, 'INTERNAL']);
      assert.doesNotMatch(JSON.stringify(broken), /secret/);
    }
  });

  it('leave a line with the trace of what the request called, when the fault is ours', async () => {
    lines.length = 0;
    await answerTo(failedPrecondition('SOLD_OUT', 'x'));
    await answerTo(new Error('broken'));
    const [line, ...more] = lines;
    assert.equal(more.length, 0);
    assert.equal(line?.msg, 'request failed');
    assert.equal(line?.trace_id, calledIn?.split('-')[1]);
    assert.match(line?.trace_id ?? '', /^[0-9a-f]{32}$/);
  });
});
