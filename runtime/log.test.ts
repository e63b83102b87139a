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

  it('replaces secrets and personal fields at the root, one and two levels down', () => {
    const { log, lines } = capture();
    log.info(
      { password: 'p1', user: { email: 'a@b.c', id: 'u1' }, request: { headers: { authorization: 'Bearer x' } } },
      'x',
    );
    log.info({ deep: { 'set-cookie': 'sid=1', token: 't' } }, 'y');
    const text = JSON.stringify(lines);
    assert.doesNotMatch(text, /p1|a@b\.c|Bearer|sid=1/);
    assert.match(text, /"id":"u1"/);
  });

  it('keeps the cause of an error', () => {
    const { log, lines } = capture();
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    assert.match(JSON.stringify(lines), /inner/);
  });
});
