import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { retry } from '#runtime/retry.ts';
import { isTooFast, whenSentTooFast } from './sending-rate.ts';

const ses = (name: string, message: string) => Object.assign(new Error(message), { name });
const tooFast = ses('TooManyRequestsException', 'Maximum sending rate exceeded.');

describe('mails that SES takes no faster', () => {
  it('tells the rate from the quota of a day and from other faults', () => {
    assert.ok(isTooFast(tooFast));
    assert.ok(isTooFast(ses('ThrottlingException', 'Rate exceeded')));
    assert.ok(!isTooFast(ses('ThrottlingException', 'Daily message quota exceeded.')));
    assert.ok(!isTooFast(ses('MessageRejected', 'Email address is not verified.')));
    assert.ok(!isTooFast('too fast'));
  });

  it('wait while their call has time for another try, and go back to the queue before it ends', async () => {
    const clock = new ManualClock();
    const endsAt = clock.monotonic() + 30_000;
    const policy = whenSentTooFast(() => endsAt - clock.monotonic());
    let tries = 0;
    const call = retry(
      policy,
      async () => {
        tries++;
        throw tooFast;
      },
      { clock, random: () => 1 },
    );
    const failed = assert.rejects(call, /Maximum sending rate/);
    await clock.advance(30_000);
    await failed;
    assert.ok(tries >= 6 && tries <= 12, `${tries} tries`);
    assert.ok(clock.sleeping === 0);
  });
});
