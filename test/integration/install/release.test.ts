import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { goProgram } from '#runtime/local/apiserver.ts';
import { run } from '#runtime/local/command.ts';
import { helm, objectsOf, ROOT } from './tools.ts';

interface Job {
  readonly needs: string | readonly string[];
  readonly if: string;
  readonly steps: readonly {
    readonly name?: string;
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
  }[];
}

/** What the workflow runs on a tag, run here as it stands; only the registry, to which it logs in and pushes, is not there. */
describe('the chart of a release', function () {
  this.timeout(120_000);
  const { jobs, on } = parse(readFileSync(join(ROOT, '.github/workflows/ci.yaml'), 'utf8')) as {
    jobs: Record<'chart' | 'image', Job>;
    on: { push: { tags: string[] } };
  };
  const folder = mkdtempSync(join(tmpdir(), 'ticketbottle-release-'));
  const [registry, version] = ['registry.example.com/shop', '7.8.9'];
  let pushed: string[];

  before(async () => {
    cpSync(join(ROOT, 'charts'), join(folder, 'charts'), { recursive: true });
    const publish = jobs.chart.steps.find(({ name }) => name === 'publish');
    const program = await goProgram('manifests');
    const script = `set -e\nhelm() { if [ "$1" = push ]; then echo "PUSHED $2 $3"; else ${program} helm "$@"; fi; }\n${publish?.run}`;
    const env = {
      ...process.env,
      ...{ HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder },
      ...{ REGISTRY: registry, VERSION: version },
    };
    assert.deepEqual(
      Object.keys(publish?.env ?? {}).toSorted(),
      ['REGISTRY', 'VERSION'],
      'nothing else is given to it',
    );
    const { stdout } = await run('bash', ['-c', script], { cwd: folder, env });
    pushed = stdout.split('\n').filter((line) => line.startsWith('PUSHED '));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is published on a tag, and only once its images are there and were scanned', () => {
    assert.deepEqual(on.push.tags, ['v*']);
    assert.equal(jobs.chart.if, "startsWith(github.ref, 'refs/tags/v')");
    assert.deepEqual([jobs.chart.needs].flat().toSorted(), ['image', 'scan']);
    const login = jobs.chart.steps.find(({ run: line }) => line?.includes('helm registry login'));
    assert.deepEqual(login?.env, jobs.image.steps.find(({ run: line }) => line?.includes('buildah login'))?.env);
  });

  it('goes beside the images, under the version of the tag', () => {
    assert.deepEqual(pushed, [`PUSHED out/ticketbottle-operator-${version}.tgz oci://${registry}/charts`]);
  });

  it('is installed without naming an image: its own is that of the release', async () => {
    const packed = join(folder, `out/ticketbottle-operator-${version}.tgz`);
    const shown = parse(await helm('show', 'chart', packed)) as { version: string; appVersion: string };
    assert.deepEqual([shown.version, shown.appVersion], [version, version]);
    const objects = objectsOf(await helm('template', 'ticketbottle-operator', packed, '-n', 'ticketbottle-system'));
    const images = objects.flatMap((object) => {
      const { template } =
        (object as { spec?: { template?: { spec: { containers: { image: string }[] } } } }).spec ?? {};
      return object.kind === 'Deployment' ? (template?.spec.containers ?? []).map(({ image }) => image) : [];
    });
    assert.deepEqual(images, [`${registry}/operator:${version}`]);
  });
});
