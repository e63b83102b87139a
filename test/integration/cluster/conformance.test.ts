import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containersUsable } from '#runtime/local/containers-usable.ts';
import { NODE_KINDS } from '#runtime/local/layout.ts';
import { CRASHING, FAILING_JOB, ILL, LEAVING, PROGRAM_MISSING, SLOW, TOLD, WAITING } from './conformance-pods.ts';
import { ACCOUNT_PROBE, KINDS, SAMPLE } from './sample.ts';
import { ROOT, TestCluster } from './test-cluster.ts';

/** What every node of this project has to do. The same cases on both kinds, so that a pod cannot tell which one it is on. */
for (const kind of NODE_KINDS) {
  describe(`pods on a ${kind} node`, function () {
    this.timeout(120_000);
    const test = new TestCluster(kind);
    const kubectl = async (...args: string[]) => await test.kubectl(args);
    const apply = async (...objects: object[]) =>
      await test.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    const inSample = async (program: string) => await kubectl('exec', 'deploy/sample', '--', 'node', '-e', program);

    before(async function () {
      this.timeout(20 * 60_000); // The first time on a machine it builds Kubernetes.
      if (kind === 'containerd' && !(await containersUsable()).usable) return this.skip();
      await test.cluster(['down']);
      const { code, output } = await test.cluster(['up']);
      assert.equal(code, 0, output);
      const sample = 'sample=test/integration/cluster/sample-service/main.ts';
      const built = await test.command(process.execPath, [
        'hack/images/main.ts',
        '--program',
        sample,
        '--only',
        'sample',
      ]);
      assert.equal(built.code, 0, built.output);
      await test.kubectl(['apply', '-f', '-'], SAMPLE);
      await kubectl('rollout', 'status', 'deployment/sample', '--timeout=90s');
    });
    after(async () => {
      await test.cluster(['down']);
      assert.deepEqual(test.markedPids(), []);
      assert.equal(existsSync(test.layout.home), false);
    });

    it('find services by name: one address, or all of them when it is headless, and nothing outside', async () => {
      const output = await inSample(`
        const dns = require('node:dns/promises');
        (async () => {
          const headless = await dns.lookup('sample-headless', {all: true});
          const long = await dns.lookup('sample-headless.default.svc.cluster.local', {all: true});
          const records = await dns.resolve4('sample-headless.default.svc.cluster.local');
          const facts = await (await fetch('http://sample')).json();
          const outside = await dns.lookup('example.com').catch((error) => error.code);
          console.log(JSON.stringify([headless.length, long.length, records.length, facts.protos > 0, outside]));
        })();`);
      assert.deepEqual(JSON.parse(output.slice(output.indexOf('['))), [2, 2, 2, true, 'ENOTFOUND']);
    });

    it('stop being found when they leave, and are found when they come', async () => {
      await kubectl('scale', 'deployment/sample', '--replicas=1');
      await kubectl('wait', '--for=jsonpath={.status.replicas}=1', 'deployment/sample', '--timeout=60s');
      const count = `require('node:dns').lookup('sample-headless', {all: true}, (error, all) => console.log('found', all.length))`;
      await until(async () => (await inSample(count)).includes('found 1'));
      await kubectl('scale', 'deployment/sample', '--replicas=2');
      await kubectl('rollout', 'status', 'deployment/sample', '--timeout=60s');
      await until(async () => (await inSample(count)).includes('found 2'));
    });

    it('are all called behind one cluster address', async () => {
      const program = `
        (async () => {
          const hosts = new Set();
          for (let i = 0; i < 20; i++) {
            hosts.add((await (await fetch('http://sample', {headers: {connection: 'close'}})).json()).host);
          }
          console.log('hosts', hosts.size);
        })();`;
      await until(async () => (await inSample(program)).includes('hosts 2'));
    });

    it('run commands for kubectl exec: output, input and exit code', async () => {
      const { output, code } = await test.cluster(
        ['kubectl', 'exec', '-i', 'deploy/sample', '--', 'node', '-e', 'process.stdin.pipe(process.stdout)'],
        { input: 'through and through' },
      );
      assert.equal(code, 0, output);
      assert.match(output, /through and through/);
      const failed = await test.cluster(['kubectl', 'exec', 'deploy/sample', '--', 'node', '-e', 'process.exit(3)']);
      assert.equal(failed.code, 3, failed.output);
    });

    it('show their logs, and go on showing them', async () => {
      assert.match(await kubectl('logs', 'deployment/sample'), /sample is listening/);
      assert.match(
        await kubectl('logs', 'deployment/sample', '--timestamps', '--tail=1'),
        /^(Found.*\n)?\d{4}-\d\d-\d\dT.*Z /,
      );
      const args = [join(ROOT, 'hack/cluster/main.ts'), 'kubectl', 'logs', '-f', 'deployment/sample', '--tail=0'];
      const env = { ...process.env, TICKETBOTTLE_NODE: kind, TICKETBOTTLE_HOME: test.layout.home };
      const follower = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
      let seen = '';
      follower.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      try {
        await sleep(2_000);
        await kubectl('rollout', 'restart', 'deployment/sample');
        await until(() => seen.includes('sample has drained'));
      } finally {
        follower.kill('SIGTERM');
      }
      await kubectl('rollout', 'status', 'deployment/sample', '--timeout=60s');
    });

    it('get what they are told: variables, maps, secrets, fields, limits, files, a token', async () => {
      await apply(...TOLD);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/told', '--timeout=60s');
      const told = JSON.parse((await kubectl('logs', 'told', '-c', 'main')).trim());
      assert.deepEqual(told, {
        ...{ NAME: 'told', PLAIN: 'plain', COLOUR: 'green', WORD: 'sesame', BOTH: 'plain and plain', LIMIT: '300' },
        ...{ LABEL: 'told', T_colour: 'green', ip: 4, host: 'told', map: 'from a map', secret: 'sesame' },
        ...{ first: 'init was here', labels: true, audience: 'test', subject: 'system:serviceaccount:default:default' },
        args: ['plain', '$(PLAIN)'],
      });
    });

    it('are restarted with pauses when they crash, and say so', async () => {
      await apply(CRASHING);
      const state = '-o=jsonpath={.status.containerStatuses[0]}';
      const status = async () => JSON.parse(await kubectl('get', 'pod', 'crashing', state));
      await until(async () => (await status()).restartCount >= 2);
      await until(async () => /Back-off restarting failed container/.test(await kubectl('get', 'events')));
      // The real kubelet shows the last end instead for as long as nothing else makes it look at the pod.
      const shown = async () => (await status()).state.waiting?.reason ?? (await status()).state.terminated?.reason;
      await until(async () =>
        (kind === 'process' ? ['CrashLoopBackOff'] : ['CrashLoopBackOff', 'Error']).includes(await shown()),
      );
      const { lastState, ready } = await status();
      assert.equal(lastState.terminated.exitCode, 7);
      assert.equal(ready, false);
      // Between two restarts the last container may just have been removed.
      await until(async () => /falling/.test(await kubectl('logs', 'crashing', '--previous')));
    });

    it('wait for what they refer to, and start when it comes', async () => {
      await apply(WAITING);
      const reason = '-o=jsonpath={.status.containerStatuses[0].state.waiting.reason}';
      await until(async () => (await kubectl('get', 'pod', 'waiting', reason)) === 'CreateContainerConfigError');
      await kubectl('create', 'configmap', 'made-later', '--from-literal=A=1');
      await kubectl('wait', '--for=condition=Ready', 'pod/waiting', '--timeout=60s');
    });

    it('are restarted when their liveness probe fails', async () => {
      await apply(ILL);
      const count = '-o=jsonpath={.status.containerStatuses[0].restartCount}';
      await until(async () => Number(await kubectl('get', 'pod', 'ill', count)) >= 1);
      await until(async () => /Liveness probe failed/.test(await kubectl('get', 'events')));
    });

    it('are ready when the command of their probe says so', async () => {
      await apply(SLOW);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Running', 'pod/slow', '--timeout=60s');
      const ready = `-o=jsonpath={.status.conditions[?(@.type=='Ready')].status}`;
      assert.equal(await kubectl('get', 'pod', 'slow', ready), 'False');
      await kubectl('exec', 'slow', '--', 'node', '-e', `require('node:fs').writeFileSync('/work/ready', '')`);
      await kubectl('wait', '--for=condition=Ready', 'pod/slow', '--timeout=60s');
    });

    it('leave in order: hook, signal, and the time they need', async () => {
      await apply(LEAVING);
      await kubectl('wait', '--for=condition=Ready', 'pod/leaving', '--timeout=60s');
      const follower = test.cluster(['kubectl', 'logs', '-f', 'leaving']);
      await sleep(1_500);
      // Told the moment at which the end begins, the pod says how long after it the signal came.
      await kubectl(
        'exec',
        'leaving',
        '--',
        'node',
        '-e',
        `fetch('http://' + require('node:os').hostname() + ':3000')`,
      );
      await kubectl('delete', 'pod', 'leaving', '--timeout=60s');
      const { output } = await follower;
      const waited = Number(/told to stop after (\d+) ms/.exec(output)?.[1]);
      assert.ok(waited >= 2_000, output);
    });

    it('of jobs complete or fail', async () => {
      await test.kubectl(['apply', '-f', '-'], KINDS);
      await apply(FAILING_JOB);
      await kubectl('wait', '--for=condition=complete', 'job/once', '--timeout=60s');
      await kubectl('wait', '--for=condition=failed', 'job/failing', '--timeout=60s');
    });

    it('whose program does not exist fail with its name', async () => {
      await apply(PROGRAM_MISSING);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/program-missing', '--timeout=60s');
      const terminated = await kubectl(
        'get',
        'pod',
        'program-missing',
        '-o=jsonpath={.status.containerStatuses[0].state}',
      );
      assert.match(terminated, /no-such-program/);
    });

    it('are measured, so that autoscalers can act', async () => {
      const current = '-o=jsonpath={.status.currentMetrics[0].resource.current.averageValue}';
      await until(async () => (await kubectl('get', 'hpa', 'sample', current)) !== '', 90_000);
      assert.match(await kubectl('top', 'pods'), /sample-.* \d+m +\d+Mi/);
    });

    it('weigh as much as the servers beside them when the CPU is short', function () {
      const groups = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup'].map((root) => join(root, 'k8s.io'));
      const pods = groups.find((group) => ['cpu.shares', 'cpu.weight'].some((file) => existsSync(join(group, file))));
      if (kind !== 'containerd' || pods === undefined) return this.skip();
      const weight = existsSync(join(pods, 'cpu.shares')) ? 'cpu.shares' : 'cpu.weight';
      const servers = join(dirname(pods), 'ticketbottle');
      assert.equal(readFileSync(join(servers, weight), 'utf8'), readFileSync(join(pods, weight), 'utf8'));
      const ofOneProcess = weight === 'cpu.shares' ? 1024 : 100;
      assert.ok(Number(readFileSync(join(pods, weight), 'utf8')) > ofOneProcess);
      const inside = readFileSync(join(servers, 'cgroup.procs'), 'utf8').split('\n').map(Number);
      assert.deepEqual(
        test.markedPids().filter((pid) => !inside.includes(pid)),
        [],
      );
    });

    it('have an account that RBAC judges', async () => {
      const output = await inSample(ACCOUNT_PROBE);
      assert.match(output, /200 403/);
    });

    it('are back after kill -9 of the kubelet', async () => {
      const kubelet = JSON.parse((await test.cluster(['status', '--json'])).output).daemons.find(
        ({ name }: { name: string }) => name === 'kubelet',
      );
      process.kill(kubelet.pid, 'SIGKILL');
      const { code, output } = await test.cluster(['up']);
      assert.equal(code, 0, output);
      await until(async () =>
        (await inSample(`fetch('http://sample').then((r) => console.log('answer', r.status))`)).includes('answer 200'),
      );
    });
  });
}

/** Asks until the answer is yes; an error counts as no. Throws the last one after `timeoutMs`. */
async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  let last: unknown = new Error('the condition never held');
  while (performance.now() < end) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await sleep(500);
  }
  throw last;
}
