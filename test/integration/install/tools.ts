import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeClient } from '#operator/kube/client.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { type ApiServer, controlPlaneProgram, goProgram, startApiServer } from '#runtime/local/apiserver.ts';
import { CommandError, run } from '#runtime/local/command.ts';
import { clientOf } from '../kube/api-fixture.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const CHART = join(ROOT, 'charts/ticketbottle-operator');

let shared: Promise<ApiServer> | undefined;

/** One API server for all files of this folder. */
export function theApiServer(): Promise<ApiServer> {
  shared ??= startApiServer();
  return shared;
}

// A root hook: runs once, when every file is through.
after(async () => {
  await (await shared)?.stop();
});

/** The upstream kubectl; `input` becomes its standard input. Throws CommandError. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { kubeconfig } = await theApiServer();
  const all = ['kubectl', '--kubeconfig', kubeconfig, ...args];
  return (await run(await controlPlaneProgram(), all, input === undefined ? {} : { input })).stdout;
}

/** What `kubectl kustomize FOLDER` gives, as text. Needs no server. */
export async function kustomize(folder: string): Promise<string> {
  return (await run(await controlPlaneProgram(), ['kubectl', 'kustomize', join(ROOT, folder)])).stdout;
}

/** The upstream helm, with folders of its own. Throws CommandError. */
export async function helm(...args: string[]): Promise<string> {
  const { dir, kubeconfig } = await theApiServer();
  const env = { KUBECONFIG: kubeconfig, HELM_CACHE_HOME: dir, HELM_CONFIG_HOME: dir, HELM_DATA_HOME: dir };
  return (await run(await goProgram('manifests'), ['helm', ...args], { env })).stdout;
}

/** Lines of kube-score that are neither OK nor skipped, without `ignored` checks. */
export async function kubeScore(manifests: string, ...ignored: string[]): Promise<string[]> {
  const input = manifests;
  const { stdout } = await run(await goProgram('kube-score'), ignored, { input }).catch((error: unknown) => {
    if (error instanceof CommandError && error.code === 1) return error;
    throw error;
  });
  return stdout.split('\n').filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line));
}

export interface Verdict {
  readonly status: string;
  readonly message: string;
}

/** What Argo CD says of an object by our script, and what kstatus says of it. */
export async function judge(
  script: string,
  objects: readonly object[],
): Promise<{ readonly argo: Verdict[]; readonly kstatus: Verdict[] }> {
  const program = await goProgram('manifests');
  const input = objects.map((object) => JSON.stringify(object)).join('\n');
  const verdicts = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Verdict);
  const [argo, kstatus] = await Promise.all([
    run(program, ['health', join(ROOT, 'config/argocd/ticketbottle.io', script, 'health.lua')], { input }),
    run(program, ['kstatus'], { input }),
  ]);
  return { argo: verdicts(argo.stdout), kstatus: verdicts(kstatus.stdout) };
}

export function objectsOf(manifests: string): KubeObject[] {
  return parseAllDocuments(manifests)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

export async function adminClient(): Promise<KubeClient> {
  return clientOf(await theApiServer());
}
