import assert from 'node:assert/strict';
import { redisRole } from './region-stores.ts';

const NOW = 1_800_000_000_000;
const info = (...lines: string[]) => ['# Replication', ...lines, 'connected_slaves:0'].join('\r\n');
const replica = (...lines: string[]) => redisRole(info('role:slave', ...lines), NOW);

describe('redisRole', () => {
  it('is the primary for whoever replicates from nobody', () =>
    assert.deepEqual(redisRole(info('role:master', 'master_replid:a1', 'master_repl_offset:12'), NOW), {
      ...{ role: 'primary', upToMs: undefined },
      position: { stream: 'a1', offset: 12n },
    }));

  it('holds what its primary held when it last spoke', () => {
    const up = ['master_link_status:up', 'master_sync_in_progress:0'];
    assert.equal(replica(...up, 'master_last_io_seconds_ago:3').upToMs, NOW - 3_000);
    assert.equal(
      replica('master_link_status:down', 'master_sync_in_progress:0', 'master_link_down_since_seconds:9').upToMs,
      NOW - 9_000,
    );
  });

  it('is where its primary was when that wrote what it has', () => {
    const said = ['master_link_status:up', 'master_last_io_seconds_ago:3', 'master_replid:a1', 'slave_repl_offset:11'];
    assert.deepEqual(replica(...said, 'master_repl_offset:11').position, { stream: 'a1', offset: 11n });
  });

  it('cannot tell while it copies the whole, or when it never heard of its primary', () => {
    assert.equal(replica('master_link_status:down', 'master_sync_in_progress:1').upToMs, undefined);
    assert.equal(replica('master_link_status:down', 'master_link_down_since_seconds:-1').upToMs, undefined);
  });
});
