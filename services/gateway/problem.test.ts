import assert from 'node:assert/strict';
import fastify, { type FastifyInstance } from 'fastify';
import { failedPrecondition, internal, resourceExhausted, unavailable } from '#runtime/errors.ts';
import { silentLogger } from '#runtime/log.ts';
import { sendProblem } from './problem.ts';

describe('problems', () => {
  let app: FastifyInstance;
  let thrown: Error;
  before(() => {
    app = fastify();
    app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, silentLogger()));
    app.get('/', () => Promise.reject(thrown));
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
});
