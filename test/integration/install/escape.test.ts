import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { run } from '#runtime/local/command.ts';
import { kubectl, ROOT, theApiServer } from './tools.ts';

/** The last block of docs/install.md, word for word: what people type when nobody is left who would finish a deletion. */
const [, block = ''] =
  /### The operator is gone and something does not go away[\s\S]*?```sh\n([\s\S]*?)```/.exec(
    readFileSync(join(ROOT, 'docs/install.md'), 'utf8'),
  ) ?? [];

describe('the way out without the operator', function () {
  this.timeout(120_000);
  const namespace = 'escape';

  const create = async (
    sample: string,
    name: string,
    edit: (spec: Record<string, unknown>) => void,
    finalizer: string,
  ) => {
    const object = parse(readFileSync(join(ROOT, 'config/samples', sample), 'utf8'));
    object.metadata = { name, namespace, finalizers: [finalizer] };
    edit(object.spec);
    await kubectl(['create', '-f', '-'], JSON.stringify(object));
  };
  const left = async () =>
    (await kubectl(['get', 'tbp,sale', '-n', namespace, '-o', 'name'])).trim().split('\n').filter(Boolean);

  before(async () => {
    await kubectl(['apply', '--server-side', '-k', join(ROOT, 'config/default')]);
    await kubectl(['create', 'namespace', namespace]);
    await create(
      'platform.yaml',
      'shop',
      (spec) => Object.assign(spec, { deletionPolicy: 'Delete' }),
      'ticketbottle.io/platform',
    );
    await create(
      'eventsale.yaml',
      'show',
      (spec) => Object.assign(spec, { platformRef: { name: 'shop' } }),
      'ticketbottle.io/eventsale',
    );
    await create('platform.yaml', 'stays', () => {}, 'ticketbottle.io/platform');
    await kubectl(['delete', 'tbp/shop', 'sale/show', '-n', namespace, '--wait=false']);
  });

  it('finds what is on its way out, and lets it go; nothing else', async () => {
    const { kubeconfig } = await theApiServer();
    const typed = async (line: string) => {
      const script = `kubectl() { ${await controlPlaneProgram()} kubectl --kubeconfig ${kubeconfig} "$@"; }\n${line}`;
      return (await run('bash', ['-c', script])).stdout;
    };
    const [list = '', ...patches] = block
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n');
    assert.equal(patches.length, 2);
    const found = (await typed(list))
      .trim()
      .split('\n')
      .filter((line) => line.endsWith(`-n ${namespace}`));
    assert.deepEqual(found.toSorted(), [`EventSale/show -n ${namespace}`, `TicketBottlePlatform/shop -n ${namespace}`]);
    assert.equal((await left()).length, 3);
    for (const [at, name] of ['show', 'shop'].entries())
      await typed((patches[at] ?? '').replace(/\bNAME\b/, name).replace(/\bNAMESPACE\b/, namespace));
    assert.deepEqual(await left(), ['ticketbottleplatform.ticketbottle.io/stays']);
  });
});
