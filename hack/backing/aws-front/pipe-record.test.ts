import assert from 'node:assert/strict';
import { messageBody, pipeRecord } from './pipe-record.ts';

describe('message bodies of pipes', () => {
  const of = (value: string) =>
    pipeRecord(
      {
        ...{ topic: 't', partition: 2, offset: '7', key: 'k', timestamp: 5, headers: { h: 'v' } },
        value: Buffer.from(value),
      },
      ['a:1', 'b:2'],
    );

  it('are the whole record, encoded, without a template', () => {
    assert.deepEqual(JSON.parse(messageBody(of('{"a":1}'), undefined)), {
      ...{ eventSource: 'SelfManagedKafka', bootstrapServers: 'a:1,b:2', eventSourceKey: 't-2', topic: 't' },
      ...{ partition: 2, offset: 7, timestamp: 5, timestampType: 'CREATE_TIME' },
      ...{ key: 'aw==', value: 'eyJhIjoxfQ==', headers: [{ h: [118] }] },
    });
  });

  it('are the value to the byte when the template is the value alone', () => {
    const value = '{ "big": 12345678901234567890, "text": "é" }';
    assert.equal(messageBody(of(value), '<$.value>'), value);
  });

  it('fill in parts of the parsed value, bare inside quotes and as JSON outside', () => {
    const record = of('{"data":{"name":"A \\"B\\"","lines":[{"n":1},{"n":2}]}}');
    const template =
      '{"to": "<$.value.data.name>", "raw": <$.value.data.name>, "n": <$.value.data.lines[1].n>, "from": "<$.topic>"}';
    assert.deepEqual(JSON.parse(messageBody(record, template)), { to: 'A "B"', raw: 'A "B"', n: 2, from: 't' });
    assert.equal(messageBody(of('plain'), '{"v":"<$.value>"}'), '{"v":"plain"}');
  });
});
