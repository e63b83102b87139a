import assert from 'node:assert/strict';
import { createLogger } from './log.ts';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    service: 'order',
    version: '1.0.0',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  return { log, lines };
}

describe('log', () => {
  it('writes ISO time, level name, service and the request it belongs to', () => {
    const { log, lines } = capture();
    log.child({ request_id: 'r1', trace_id: 't1' }).info({ orders: 2 }, 'orders issued');
    const [line] = lines;
    assert.equal(line?.['level'], 'info');
    assert.equal(line?.['service'], 'order');
    assert.equal(line?.['version'], '1.0.0');
    assert.equal(line?.['request_id'], 'r1');
    assert.equal(line?.['trace_id'], 't1');
    assert.equal(line?.['orders'], 2);
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('replaces secrets and personal fields wherever they stand, in children too', () => {
    const { log, lines } = capture();
    log.info(
      { password: 'p1', user: { email: 'a@b.c', id: 'u1' }, request: { headers: { authorization: 'Bearer x' } } },
      'x',
    );
    log.info({ deep: { 'set-cookie': 'sid=1', token: 't1', list: [{ refreshToken: 'r1' }] } }, 'y');
    log.child({ userEmail: 'd@e.f', request_id: 'r9' }).info('z');
    const text = JSON.stringify(lines);
    assert.doesNotMatch(text, /p1|a@b\.c|Bearer|sid=1|"t1"|"r1"|d@e\.f/);
    assert.match(text, /"id":"u1"/);
    assert.match(text, /"request_id":"r9"/);
  });

  it('leaves what only sounds like a secret', () => {
    const { log, lines } = capture();
    const fields = { fencingToken: '7', tokens: 5, emailSent: true, key: 'o1', keys: ['a'] };
    log.info(fields, 'x');
    for (const [name, value] of Object.entries(fields)) assert.deepEqual(lines[0]?.[name], value);
  });

  it('never changes the object it is given', () => {
    const { log } = capture();
    const fields = { user: { email: 'a@b.c' } };
    log.info(fields, 'x');
    assert.deepEqual(fields, { user: { email: 'a@b.c' } });
  });

  it('hides what errors carry: fields, and passwords in URLs', () => {
    const { log, lines } = capture();
    const error = Object.assign(new Error('cannot reach postgres://app:hunter2@db:5432/x'), {
      config: { headers: { Authorization: 'Basic zzz' } },
    });
    log.error({ err: error }, 'failed');
    assert.doesNotMatch(JSON.stringify(lines), /hunter2|zzz/);
    assert.match(JSON.stringify(lines), /postgres:..\[redacted\]@db:5432/);
  });

  it('keeps the cause of an error', () => {
    const { log, lines } = capture();
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    assert.match(JSON.stringify(lines), /inner/);
  });
});
