import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Kubectl } from '#hack/demo/kubectl.ts';
import { PROVIDER_KEYS } from '#runtime/local/backing/providers.ts';
import { backingAddresses, LOCAL_PORTS } from '#runtime/local/backing.ts';
import { type LocalLayout, localLayout } from '#runtime/local/layout.ts';
import { netnsCommand, runInNetns } from '#runtime/local/netns.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { CHROMIUM, openBrowser } from '../integration/browser/browser.ts';
import { wholeSale } from '../integration/browser/whole-sale.ts';

const root = join(import.meta.dirname, '..', '..');
const NAMESPACE = 'ticketbottle';
const PLATFORM = 'ticketbottle';
/** The gateway's NodePort in config/samples/platform.yaml. */
const NODE_PORT = 30080;
const PASSWORD = 'một mật khẩu dài';

interface Platform {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly payments: { readonly providers: readonly object[] } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/**
 * The whole sale of test/integration/browser, on the local cluster: the operator and the services as pods, the browsers inside the
 * cluster's network, where the payment providers are too. What the demo leaves with --platform-only is brought up, and taken down
 * unless it was there before.
 */
describe('a whole sale in real browsers on the local cluster', function () {
  this.timeout(40 * 60_000);
  const layout = localLayout(process.env);
  const folder = mkdtempSync(join(tmpdir(), 'ticketbottle-browser-'));
  const kubectl = new Kubectl(process.execPath, [join(root, 'hack/cluster/main.ts'), 'kubectl'], {
    ...process.env,
    KUBECONFIG: layout.kubeconfig,
  });
  const wasUp = spawnSync(process.execPath, ['hack/cluster/main.ts', 'status'], { cwd: root }).status === 0;
  let gatewayPort: number;
  let browser: Browser;
  let databaseUrl: string;

  before(async () => {
    gatewayPort = await freePort();
    await program('hack/demo/main.ts', ['--platform-only', '--hold', '120', '--gateway-port', String(gatewayPort)]);
    await letOrganisersIn(kubectl, layout);
    const secret = await kubectl.json<{ data: Record<string, string> }>([
      ...['get', 'secret', `${PLATFORM}-user-db`, '-n', NAMESPACE],
    ]);
    databaseUrl = Buffer.from(secret.data['DATABASE_URL'] ?? '', 'base64').toString();
    const [command, args] = netnsCommand(layout.netns, CHROMIUM, []);
    const inside = join(folder, 'chromium');
    writeFileSync(inside, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`, { mode: 0o755 });
    browser = await openBrowser([], inside);
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
    if (!wasUp) await program('hack/cluster/main.ts', ['down']);
  });

  wholeSale(
    () => ({
      url: `http://${layout.loopback}:${NODE_PORT}`,
      browser,
      anAccount: async (roles = []) => {
        const email = `${crypto.randomUUID().slice(0, 8)}@example.com`;
        const response = await fetch(`http://127.0.0.1:${gatewayPort}/api/v1/auth/signup`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password: PASSWORD, fullName: 'Nguyễn Thị Hoa' }),
        });
        if (response.status !== 201) throw new Error(await response.text());
        const { user } = (await response.json()) as { user: { id: string } };
        for (const role of roles) await giveRole(layout, databaseUrl, user.id, role);
        return { email, password: PASSWORD };
      },
      approve: async (name) => {
        const annotation = 'ticketbottle.io/approved-by=admin';
        await kubectl.run(['annotate', 'eventsale', name, '-n', NAMESPACE, annotation]);
      },
      phaseOf: async (name) => {
        const sale = await kubectl.json<{ status?: { phase?: string } }>(['get', 'eventsale', name, '-n', NAMESPACE]);
        return sale.status?.phase;
      },
    }),
    // Time to prepare: a rehearsal purchase through everything, on two cores.
    { opensInMs: 180_000 },
  );
});

/** What docs/how-to.md says for organisers, and the third provider. */
async function letOrganisersIn(kubectl: Kubectl, layout: LocalLayout): Promise<void> {
  const get = ['get', 'ticketbottleplatform', PLATFORM, '-n', NAMESPACE];
  const { providers } = backingAddresses(layout.nodeIp, LOCAL_PORTS);
  const { tmnCode, hashSecret } = PROVIDER_KEYS.vnpay;
  await kubectl.apply([
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vnpay-credentials', namespace: NAMESPACE } },
      stringData: { 'tmn-code': tmnCode, 'hash-secret': hashSecret },
    },
  ]);
  await kubectl.run(['apply', '-k', join(root, 'config/organisers')]);
  const before = await kubectl.json<Platform>(get);
  const vnpay = { name: 'vnpay', credentialsSecretRef: { name: 'vnpay-credentials' }, baseUrl: providers.url };
  const patch = {
    spec: {
      organisers: { enabled: true },
      payments: { providers: [...before.spec.payments.providers, vnpay] },
      services: { gateway: { env: [{ name: 'RATE_LIMIT_PER_IP', value: '1000000' }] } },
    },
  };
  const args = ['--type', 'merge', '-p', JSON.stringify(patch)];
  await kubectl.run(['patch', 'ticketbottleplatform', PLATFORM, '-n', NAMESPACE, ...args]);
  const until = performance.now() + 10 * 60_000;
  for (;;) {
    const { metadata, status } = await kubectl.json<Platform>(get);
    const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    if (status?.observedGeneration === metadata.generation && ready) return;
    if (performance.now() > until) throw new Error(`the platform is not Ready: ${JSON.stringify(status, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

/** As the first administrator is made: in the database. */
async function giveRole(layout: LocalLayout, url: string, userId: string, role: string): Promise<void> {
  const script = `
    import pg from 'pg';
    const [url, user, role] = process.argv.slice(1);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('INSERT INTO user_roles (user_id, role) VALUES ($1, $2)', [user, role]);
    await client.end();`;
  await runInNetns(layout.netns, process.execPath, ['--input-type=module', '-e', script, url, userId, role], {
    cwd: root,
  });
}

async function program(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output.slice(-6_000)}`);
}
