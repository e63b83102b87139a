import assert from 'node:assert/strict';
import { ConfigError, parseEnv } from './config.ts';

describe('config', () => {
  it('reads what is set and falls back where it may', () => {
    const config = parseEnv(
      { PORT: '50054', HOLD: '15m', BROKERS: 'a:1, b:2,', MODE: 'Standby', TLS: '1', EMPTY: '', RAW: '{"a":1}' },
      (env) => ({
        port: env.int('PORT', { min: 1, max: 65535 }),
        max: env.int('MAX', { default: 10 }),
        holdMs: env.duration('HOLD'),
        drainMs: env.duration('DRAIN', '20s'),
        brokers: env.list('BROKERS'),
        mode: env.oneOf('MODE', ['Active', 'Standby']),
        tls: env.bool('TLS', false),
        empty: env.optional('EMPTY'),
        raw: env.json('RAW'),
      }),
    );
    assert.deepEqual(config, {
      port: 50054,
      max: 10,
      holdMs: 900_000,
      drainMs: 20_000,
      brokers: ['a:1', 'b:2'],
      mode: 'Standby',
      tls: true,
      empty: undefined,
      raw: { a: 1 },
    });
    assert.ok(Object.isFrozen(config));
  });

  it('names every problem in one error, with the mend', () => {
    const read = () =>
      parseEnv({ PORT: '70000', HOLD: 'soon', MODE: 'active', TLS: 'yes', URL: 'x' }, (env) => {
        env.problem('CERT_FILE and KEY_FILE go together: set both');
        return {
          port: env.int('PORT', { min: 1, max: 65535 }),
          holdMs: env.duration('HOLD', '1m'),
          mode: env.oneOf('MODE', ['Active', 'Standby']),
          tls: env.bool('TLS', false),
          url: env.url('URL'),
          db: env.required('DATABASE_URL', 'the connection string of the inventory database'),
        };
      });
    assert.throws(read, (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems, [
        'CERT_FILE and KEY_FILE go together: set both',
        'PORT is "70000": set it to a whole number, at least 1, at most 65535',
        'HOLD is "soon": set it to a duration like 30s, 15m or 1h30m',
        'MODE is "active": set it to one of Active, Standby',
        'TLS is "yes": set it to true or false',
        'URL is "x": set it to a URL like http://host:port',
        'DATABASE_URL is not set: set it to the connection string of the inventory database',
      ]);
      return true;
    });
  });
});
