import assert from 'node:assert/strict';
import { activeTrace, continueTrace, newTraceId, readTraceparent, runInTrace, xrayTraceId } from './trace-context.ts';

describe('trace context', () => {
  const parent = '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00';

  it('continues a trace with a span of its own and keeps the decision whether it is recorded', () => {
    const { traceId, traceparent } = continueTrace(parent);
    assert.equal(traceId, '5759e988bd862e3fe1be46a994272793');
    assert.match(traceparent, /^00-5759e988bd862e3fe1be46a994272793-[0-9a-f]{16}-00$/);
    assert.notEqual(readTraceparent(traceparent)?.spanId, '53995c3f42cd8ad8');
  });

  it('starts a new one where there is none or nonsense', () => {
    const zeros = [
      parent.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`),
      parent.replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`),
    ];
    for (const text of [undefined, '', 'nonsense', `${parent}-more`, parent.toUpperCase(), ...zeros])
      assert.match(continueTrace(text).traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('makes ids that X-Ray takes: they begin with the second of their birth', () => {
    const id = newTraceId(0x5759e988 * 1000 + 999);
    assert.match(xrayTraceId(id), /^1-5759e988-[0-9a-f]{24}$/);
  });

  it('is there for everything that begins inside, and gone outside', async () => {
    assert.equal(activeTrace(), undefined);
    const seen = await runInTrace(parent, async () => {
      await Promise.resolve();
      return activeTrace();
    });
    assert.equal(seen, parent);
    assert.equal(activeTrace(), undefined);
  });
});
