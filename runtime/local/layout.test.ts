import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressIn, localLayout, nodeKindFile, presentNodeKinds } from './layout.ts';

describe('the layout of a local cluster', () => {
  let state: string;
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'layout-'));
  });
  afterEach(() => rmSync(state, { recursive: true }));

  it('of processes stays in the user’s own folders and on loopback', () => {
    const layout = localLayout({ TICKETBOTTLE_NODE: 'process', XDG_STATE_HOME: state, HOME: '/home/a' });
    assert.equal(layout.home, join(state, 'ticketbottle'));
    assert.deepEqual([layout.netns, layout.nodeIp, layout.loopback], [undefined, '127.89.0.1', '127.89.0.1']);
    assert.deepEqual([layout.podCidr, layout.serviceCidr], ['127.90.0.0/16', '127.96.0.0/16']);
  });

  it('of containers has a network namespace', () => {
    const layout = localLayout({ TICKETBOTTLE_NODE: 'containerd', HOME: '/root' });
    assert.deepEqual(
      [layout.home, layout.netns, layout.nodeIp],
      ['/var/lib/ticketbottle', 'ticketbottle', '10.89.0.1'],
    );
  });

  it('is that of the cluster which a home holds', () => {
    const env = { TICKETBOTTLE_HOME: state };
    assert.deepEqual(presentNodeKinds(env), []);
    const { text } = nodeKindFile(localLayout({ ...env, TICKETBOTTLE_NODE: 'process' }));
    writeFileSync(join(state, 'node-kind'), text);
    assert.deepEqual(presentNodeKinds(env), ['process']);
    assert.equal(localLayout(env).node, 'process');
  });

  it('refuses settings that make no sense, by name', () => {
    for (const [name, value] of Object.entries({
      TICKETBOTTLE_NODE: 'docker',
      TICKETBOTTLE_HOME: 'here',
      TICKETBOTTLE_BLOCK: '300',
      TICKETBOTTLE_API_PORT: 'many',
    })) {
      assert.throws(() => localLayout({ [name]: value }), new RegExp(`${name} must be .*"${value}"`));
    }
  });

  it('counts addresses from the start of a range', () => {
    assert.deepEqual(
      [1, 10, 258].map((index) => addressIn('10.96.0.0/16', index)),
      ['10.96.0.1', '10.96.0.10', '10.96.1.2'],
    );
  });
});
