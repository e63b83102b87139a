import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startForwards } from '#runtime/local/forward.ts';
import { runInNetns } from '#runtime/local/netns.ts';
import { Daemons } from '#runtime/local/process.ts';
import { ACCOUNT_PROBE, KINDS, SAMPLE, SAMPLE_NODE_PORT } from './sample.ts';
import {
  cluster,
  command,
  containerPids,
  daemonPids,
  kubectl,
  LAYOUT,
  livingPids,
  ROOT,
  traces,
} from './test-cluster.ts';

const FORWARDED = 16544;

describe('the local cluster', function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(20 * 60_000); // The first time on a machine it builds Kubernetes.
    await cluster(['down']);
    const { code, output } = await cluster(['up', '--report', join(ROOT, 'out/test/cluster-up.json')]);
    assert.equal(code, 0, output);
  });

  after(async () => {
    await cluster(['down']);
  });

  it('reports each step with its duration and whether it was cached', () => {
    const steps = JSON.parse(readFileSync(join(ROOT, 'out/test/cluster-up.json'), 'utf8'));
    assert.ok(steps.length > 5);
    for (const { step, seconds, cached } of steps) {
      assert.deepEqual([typeof step, typeof seconds, typeof cached], ['string', 'number', 'boolean']);
    }
  });

  it('is left alone by a second start', async () => {
    const before = livingPids().toSorted();
    const { code, output } = await cluster(['up']);
    assert.equal(code, 0, output);
    assert.match(output, /is up already/);
    assert.deepEqual(livingPids().toSorted(), before);
  });

  it('says so in its status', async () => {
    const { code, output } = await cluster(['status', '--json']);
    assert.equal(code, 0, output);
    assert.equal(JSON.parse(output).up, true);
  });

  it('runs a service built from a Dockerfile, ready by its http probe', async () => {
    const sample = 'sample=test/integration/cluster/sample-service/main.ts';
    const built = await command(process.execPath, ['hack/images/main.ts', '--program', sample, '--only', 'sample']);
    assert.equal(built.code, 0, built.output);
    await kubectl(['apply', '-f', '-'], SAMPLE);
    await kubectl(['rollout', 'status', 'deployment/sample', '--timeout=60s']);
  });

  it('builds and imports nothing the second time', async () => {
    const sample = 'sample=test/integration/cluster/sample-service/main.ts';
    const report = 'out/test/images.json';
    const args = ['hack/images/main.ts', '--program', sample, '--only', 'sample', '--report', report];
    const { code, output } = await command(process.execPath, args);
    assert.equal(code, 0, output);
    const { steps } = JSON.parse(readFileSync(join(ROOT, report), 'utf8'));
    assert.deepEqual(
      steps.filter((step: { cached: boolean }) => !step.cached),
      [],
    );
  });

  it('resolves headless and cluster services, from a pod that runs as nobody special', async () => {
    const program = `
      const dns = require('node:dns/promises');
      (async () => {
        const headless = await dns.lookup('sample-headless', {all: true});
        const facts = await (await fetch('http://sample')).json();
        const outside = await dns.lookup('example.com').catch((error) => error.code);
        console.log(JSON.stringify({headless: headless.length, facts, outside}));
      })();`;
    const output = await kubectl(['exec', 'deploy/sample', '--', 'node', '-e', program]);
    const { headless, facts, outside } = JSON.parse(output.slice(output.indexOf('{')));
    assert.equal(headless, 2);
    assert.equal(outside, 'ENOTFOUND');
    assert.equal(facts.uid, 1000);
    assert.equal(facts.node, process.version);
    assert.deepEqual(facts.migrations, ['0001_sample.sql']);
    assert.ok(facts.protos > 0);
  });

  it('reaches host processes of the namespace from pods, at the node address', async () => {
    const daemons = new Daemons(LAYOUT);
    const serve = `require('node:http').createServer((_, r) => r.end('backing')).listen(7999, '${LAYOUT.nodeIp}')`;
    await daemons.start({ name: 'test-backing', command: process.execPath, args: ['-e', serve], netns: LAYOUT.netns });
    try {
      const program = `fetch('http://${LAYOUT.nodeIp}:7999').then((r) => r.text()).then(console.log)`;
      await sleep(500);
      assert.match(await kubectl(['exec', 'deploy/sample', '--', 'node', '-e', program]), /backing/);
    } finally {
      await daemons.stop('test-backing');
    }
  });

  it('serves a node port to the outside through a forward', async () => {
    const daemons = new Daemons(LAYOUT);
    const target = { host: '127.0.0.1', port: SAMPLE_NODE_PORT };
    const forwards = [{ port: FORWARDED, target }];
    await startForwards(daemons, { name: 'test', netns: LAYOUT.netns, forwards });
    try {
      const hosts = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const response = await fetch(`http://127.0.0.1:${FORWARDED}/`, { headers: { connection: 'close' } });
        hosts.add(((await response.json()) as { host: string }).host);
      }
      assert.equal(hosts.size, 2, 'both replicas serve');
    } finally {
      await daemons.stop('forward-test');
    }
  });

  it('lets host processes of the namespace call cluster IPs', async () => {
    const ip = await kubectl(['get', 'service', 'sample', '-o', 'jsonpath={.spec.clusterIP}']);
    const { stdout } = await runInNetns(LAYOUT.netns, 'curl', ['-fsS', '--max-time', '5', `http://${ip}/`]);
    assert.match(stdout, /"uid":1000/);
  });

  it('shows logs', async () => {
    assert.match(await kubectl(['logs', 'deployment/sample']), /sample is listening/);
  });

  it('knows every kind the operator needs, and runs CEL and jobs', async () => {
    await kubectl(['apply', '-f', '-'], KINDS);
    await kubectl(['wait', '--for=condition=complete', 'job/once', '--timeout=60s']);
    await kubectl(['wait', '--for=condition=established', 'crd/doors.test.ticketbottle.io', '--timeout=30s']);
    const door = {
      apiVersion: 'test.ticketbottle.io/v1',
      kind: 'Door',
      metadata: { name: 'a' },
      spec: { opens: 2, closes: 1 },
    };
    await assert.rejects(kubectl(['apply', '-f', '-'], JSON.stringify(door)), /a door opens before it closes/);
    // A new policy takes a moment to be enforced.
    for (let attempt = 0; ; attempt++) {
      const { code, output } = await cluster(['kubectl', 'create', 'secret', 'generic', 'bad']);
      if (code !== 0) {
        assert.match(output, /no secret is named bad/);
        break;
      }
      await kubectl(['delete', 'secret', 'bad']);
      assert.ok(attempt < 20, 'the policy is never enforced');
      await sleep(500);
    }
    const slices = await kubectl(['get', 'endpointslices', '-l', 'kubernetes.io/service-name=sample', '-o', 'name']);
    assert.match(slices, /endpointslice/);
  });

  it('measures pods, so that autoscalers can act', async () => {
    const current = [
      'get',
      'hpa',
      'sample',
      '-o',
      'jsonpath={.status.currentMetrics[0].resource.current.averageValue}',
    ];
    for (let attempt = 0; (await kubectl(current)) === ''; attempt++) {
      assert.ok(attempt < 60, await kubectl(['describe', 'hpa', 'sample']));
      await sleep(1_000);
    }
    assert.match(await kubectl(['top', 'pods']), /sample-.* \d+m +\d+Mi/);
  });

  it('gives pods an account that RBAC judges', async () => {
    assert.match(await kubectl(['exec', 'deploy/sample', '--', 'node', '-e', ACCOUNT_PROBE]), /200 403/);
  });

  it('comes back with its workloads after kill -9 of every daemon', async () => {
    for (const pid of daemonPids()) process.kill(pid, 'SIGKILL');
    await comesBack();
  });

  it('comes back with its workloads after kill -9 of everything, containers included', async () => {
    for (const pid of livingPids()) kill(pid);
    await comesBack();
  });

  it('takes over from a start that was killed half-way', async () => {
    assert.equal((await cluster(['down'])).code, 0);
    const half = await cluster(['up'], {
      on: { text: /✓ container runtime/, act: (pid) => process.kill(pid, 'SIGKILL') },
    });
    assert.equal(half.code, null);
    assert.ok(livingPids().length > 0, 'nothing was running yet, so this proved nothing');
    const { code, output } = await cluster(['up']);
    assert.equal(code, 0, output);
  });

  it('leaves nothing running when interrupted, and then starts', async () => {
    assert.equal((await cluster(['down'])).code, 0);
    const half = await cluster(['up'], {
      on: { text: /✓ container runtime/, act: (pid) => process.kill(pid, 'SIGINT') },
    });
    assert.equal(half.code, 130, half.output);
    assert.match(half.output, /Interrupted; what this step began is stopped/);
    assert.deepEqual(livingPids(), []);
    const { code, output } = await cluster(['up']);
    assert.equal(code, 0, output);
  });

  it('refuses a second command while one works', async () => {
    const first = cluster(['up']);
    while (!existsSync(`${LAYOUT.home}.lock`)) await sleep(5);
    const second = await cluster(['up']);
    assert.equal((await first).code, 0);
    assert.equal(second.code, 1);
    assert.match(second.output, /is being worked on by process \d+; wait for it to end/);
  });

  it('leaves no trace when taken down, twice', async () => {
    assert.equal((await cluster(['down'])).code, 0);
    assert.deepEqual(traces(), []);
    const again = await cluster(['down']);
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /nothing is running/);
    const { code, output } = await cluster(['status']);
    assert.equal(code, 1);
    assert.match(output, /is down; type: npm run cluster -- up/);
  });

  it('leaves no trace when taken down after kill -9 of everything', async () => {
    assert.equal((await cluster(['up'])).code, 0);
    for (const pid of livingPids()) kill(pid);
    assert.equal((await cluster(['down'])).code, 0);
    assert.deepEqual(traces(), []);
  });

  it('names the process that holds its port', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(LAYOUT.apiPort, '127.0.0.1', resolve));
    try {
      const { code, output } = await cluster(['up']);
      assert.equal(code, 1);
      const sentence = `Port ${LAYOUT.apiPort} on 127.0.0.1, needed for the API server, is taken by process ${process.pid}`;
      assert.ok(output.includes(sentence), output);
      assert.match(output, /choose another with TICKETBOTTLE_API_PORT=PORT/);
    } finally {
      holder.close();
    }
    assert.deepEqual(livingPids(), []);
  });

  async function comesBack(): Promise<void> {
    const { code, output } = await cluster(['up']);
    assert.equal(code, 0, output);
    await kubectl(['rollout', 'status', 'deployment/sample', '--timeout=90s']);
    await untilServed();
    assert.ok(containerPids().length >= 4, 'two pods of two processes each');
  }

  /** The node may still show pods as ready that died with it; what counts is that both answer. */
  async function untilServed(): Promise<void> {
    const program = `fetch('http://sample').then((r) => r.text()).then(console.log)`;
    let last: unknown;
    for (let attempt = 0; attempt < 60; attempt++) {
      try {
        assert.match(await kubectl(['exec', 'deploy/sample', '--', 'node', '-e', program]), /"uid":1000/);
        return;
      } catch (error) {
        last = error;
        await sleep(1_000);
      }
    }
    throw last;
  }
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its parent.
  }
}
