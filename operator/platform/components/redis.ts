import { planOf } from '../../external/adapter.ts';
import { createRedisCheck, redisWarnings } from '../../external/redis.ts';
import { isActive } from '../cloud.ts';
import { converge } from '../converge.ts';
import { lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';
import { redisAccess, withLog } from '../store-access.ts';

/** Functions and hash tags as the waitroom's scripts use them. */
const MIN_VERSION = '7.2';

/** RedisReachable: it answers with our password, is a primary, and never drops a key. The waitroom makes its own keys. */
export async function lookAfterRedis(pass: Pass): Promise<void> {
  const { report } = pass;
  const access = redisAccess(pass);
  if (access === undefined) {
    report.say(
      'RedisReachable',
      'False',
      'WaitingForDependency',
      'Waits for the Secret with the token: see SecretsReady',
    );
    return;
  }
  const needs = { minVersion: MIN_VERSION, mayFollow: !isActive(pass.platform) };
  await lookAfter(pass, 'RedisReachable', [access, needs], async (signal) => {
    const check = createRedisCheck(withLog(access, pass.ctx.log));
    const { observed, pending } = await converge(check, needs, { observeOnly: true, signal });
    const facts = { value: true, plan: [], applied: [] };
    if (pending.length > 0) {
      const message = `${access.address}: ${pending.map(({ reason }) => reason).join('; ')}`;
      return { ...facts, state: 'failed', reason: 'Refused', message, found: planOf(pending) };
    }
    const warnings = redisWarnings(observed);
    return {
      ...facts,
      state: 'ready',
      reason: warnings.length === 0 ? 'AsSpecified' : 'NotDurable',
      message: [`${access.address} answers`, ...warnings].join('; '),
    };
  });
}
