import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeObject, NAMESPACE, SECRET } from '#operator/kube/resource.ts';
import { signingKeys } from '#operator/platform/components/signing-keys.ts';
import { aPlatform } from '#operator/platform/testing/a-platform.ts';
import { controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { run } from '#runtime/local/command.ts';
import type { JSONWebKeySet, JWK } from '#runtime/tokens.ts';
import { adminClient, ROOT, theApiServer } from './tools.ts';

type Secret = KubeObject & { data: Record<string, string> };

/** The function `step` of docs/security.md, and the steps below it, word for word; there is no pod here to start the program in. */
describe('signing keys, rotated by the commands of docs/security.md', function () {
  this.timeout(120_000);
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, definition = '', steps = ''] = /```sh\n(step\(\) \{\n[\s\S]*?\n\}\n)([\s\S]*?)```/.exec(page) ?? [];
  const namespace = 'rotation';

  it('end with another key that signs, and without the old one', async () => {
    const client = await adminClient();
    const { kubeconfig } = await theApiServer();
    await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const { metadata, ...made } = await signingKeys(aPlatform());
    await client.create(SECRET, { ...made, metadata: { name: metadata.name, namespace } } as KubeObject);
    const held = async () => {
      const data = (await client.get<Secret>(SECRET, namespace, metadata.name))?.data ?? {};
      const read = (key: string): unknown => JSON.parse(Buffer.from(data[key] ?? 'bnVsbA==', 'base64').toString());
      const kids = (read('ACCESS_JWKS') as JSONWebKeySet).keys.map(({ kid }) => kid);
      return { keys: Object.keys(data).toSorted(), signs: (read('ACCESS_PRIVATE_JWK') as JWK).kid, kids };
    };
    const kubectl = `kubectl() {
      if [ "$1" = exec ]; then shift $(($# - 2)); ${process.execPath} ${ROOT}/hack/rotate-key/main.ts "$@"
      else ${await controlPlaneProgram()} kubectl --kubeconfig ${kubeconfig} "$@"; fi; }`;
    const typed = async (line: string) =>
      await run('bash', ['-ec', `N=${namespace} P=ticketbottle\n${kubectl}\n${definition}\n${line}`]);

    const before = await held();
    const lines = steps.split('\n').filter((line) => line.startsWith('step '));
    assert.deepEqual(
      lines.map((line) => line.split(/\s+/).slice(0, 3).join(' ')),
      ['step ACCESS announce', 'step ACCESS use', 'step ACCESS forget'],
    );
    await typed(lines[0] ?? '');
    const announced = await held();
    assert.deepEqual([announced.signs, announced.kids.length], [before.signs, 2]);
    await typed(lines[1] ?? '');
    const used = await held();
    assert.deepEqual([used.kids, used.signs], [announced.kids, announced.kids[1]]);
    await typed(lines[2] ?? '');
    assert.deepEqual(await held(), { ...before, signs: used.signs, kids: [used.signs] });
    await client.close();
  });
});
