import { connect } from 'node:net';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { Steps } from '#runtime/local/steps.ts';
import type { Kubectl } from './kubectl.ts';
import type { DemoValues } from './values.ts';

const CONNECT_MS = 5_000;

/**
 * What must be there before the demo touches a cluster of the user's own: the API server answers, we may install into it,
 * and the stores that the demo reads its facts from can be reached from here. Throws SetupError naming the first that is not.
 */
export async function checkElsewhere(
  kubectl: Kubectl,
  context: string,
  values: DemoValues,
  valuesFile: string,
  steps: Steps,
): Promise<void> {
  await steps.run(`cluster of context ${context}`, async (step) => {
    const contexts = (await kubectl.run(['config', 'get-contexts', '-o', 'name'])).split('\n').filter(Boolean);
    if (!contexts.includes(context)) {
      throw new SetupError(
        `Your kubeconfig has no context "${context}" (it has ${contexts.join(', ') || 'none'}); name one of those, or set KUBECONFIG.`,
      );
    }
    await kubectl.run(['get', '--raw', '/readyz', '--request-timeout=10s']);
    const allowed = await kubectl.answer(['auth', 'can-i', 'create', 'customresourcedefinitions', '--all-namespaces']);
    if (!allowed) {
      throw new SetupError(
        `Context ${context} may not create CustomResourceDefinitions; the demo installs the operator, so use an account that may.`,
      );
    }
    const { minor } = (await kubectl.json<{ serverVersion: { minor: string } }>(['version'])).serverVersion;
    step.detail(`Kubernetes 1.${minor}`);
  });
  await steps.run('stores within reach', async () => {
    const { reach } = values;
    await reachable(reach.postgresHost, reach.postgresPort, 'reach.postgresHost and reach.postgresPort', valuesFile);
    await reachableUrl(reach.providersUrl, 'reach.providersUrl', valuesFile);
    if (reach.awsEndpoint !== undefined) await reachableUrl(reach.awsEndpoint, 'reach.awsEndpoint', valuesFile);
  });
}

async function reachableUrl(text: string, setting: string, valuesFile: string): Promise<void> {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new SetupError(`${setting} of ${valuesFile} is not a URL: "${text}".`, { cause: error });
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  await reachable(url.hostname, port, setting, valuesFile);
}

async function reachable(host: string, port: number, setting: string, valuesFile: string): Promise<void> {
  const socket = connect({ host, port, timeout: CONNECT_MS });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
      socket.once('timeout', () => reject(new Error(`no answer within ${CONNECT_MS / 1000} s`)));
    });
  } catch (error) {
    throw new SetupError(
      `Nothing can be reached at ${host}:${port} (${(error as Error).message}): correct ${setting} in ${valuesFile}, or forward the port with kubectl port-forward.`,
      { cause: error },
    );
  } finally {
    socket.destroy();
  }
}
