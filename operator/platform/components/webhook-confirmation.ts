import { conditionOf } from '../../api/conditions.ts';
import { decode } from '../aws-access.ts';
import { ConcernError, lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';
import { providerBaseUrl, webhookBaseUrl } from '../providers.ts';

const TIMEOUT_MS = 15_000;

/** Somebody else's handler has an address that only they know. */
export const WHOSE_ADDRESS =
  'payment-webhook-handler is not managed here, so nobody here knows where payment providers reach it: set webhookBaseUrl in spec.payments.providers';

/**
 * WebhookConfirmed: PayOS sends events only to a URL that it has tried. It calls the URL while we wait, so the function behind
 * must be live. Done once per URL; the condition remembers it beyond this process.
 */
export async function lookAfterWebhookConfirmation(pass: Pass, ready: boolean): Promise<void> {
  const { platform, children, report, observeOnly } = pass;
  const payos = platform.spec.payments.providers.find(({ name }) => name === 'payos');
  if (payos === undefined) {
    report.say('WebhookConfirmed', 'True', 'NotUsed', 'No provider asks for a confirmation');
    return;
  }
  // Before what is known: the other region registers its own URL meanwhile, so after the way back ours must be registered again.
  if (platform.spec.region.role === 'Standby') {
    report.say('WebhookConfirmed', 'True', 'Standby', 'The active region confirms its own URL');
    return;
  }
  const base = webhookBaseUrl(platform, report.webhookUrl);
  const webhookUrl = `${base}/webhook/payos`;
  const done = `PayOS sends its events to ${webhookUrl}`;
  const known = conditionOf(platform.status?.conditions, 'WebhookConfirmed');
  if (base !== undefined && known?.status === 'True' && known.message === done) {
    report.say('WebhookConfirmed', 'True', 'AsSpecified', done);
    return;
  }
  if (base === undefined && !platform.spec.lambda.functions['payment-webhook-handler'].managed) {
    report.say('WebhookConfirmed', 'False', 'WaitingForDependency', WHOSE_ADDRESS);
    return;
  }
  if (!ready || base === undefined) {
    const message =
      'Waits for the webhook address, its function and the payment database: see TriggersReady, FunctionsReady and MigrationsReady';
    report.say('WebhookConfirmed', 'False', 'WaitingForDependency', message);
    return;
  }
  if (observeOnly) {
    report.say('WebhookConfirmed', 'False', 'Drifted', `managementPolicy is Observe. Would register ${webhookUrl}`);
    report.plan.push({ target: 'PayOS webhook', action: 'update', reason: `register ${webhookUrl}` });
    return;
  }
  const data = children.secretData(platform.metadata.namespace, payos.credentialsSecretRef.name);
  const clientId = decode(data?.['client-id']);
  const apiKey = decode(data?.['api-key']);
  const target = `${providerBaseUrl(payos)}/confirm-webhook`;
  await lookAfter(pass, 'WebhookConfirmed', [target, webhookUrl, clientId, apiKey], async (signal) => {
    await confirm({ target, webhookUrl, clientId, apiKey, signal });
    return { state: 'ready', reason: 'AsSpecified', message: done, value: undefined, plan: [], applied: [] };
  });
}

interface Confirmation {
  readonly target: string;
  readonly webhookUrl: string;
  readonly clientId: string;
  readonly apiKey: string;
  readonly signal: AbortSignal;
}

/** Throws a ConcernError unless PayOS accepts; it answers 200 with a code of its own. */
async function confirm({ target, webhookUrl, clientId, apiKey, signal }: Confirmation): Promise<void> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client-id': clientId, 'x-api-key': apiKey },
      body: JSON.stringify({ webhookUrl }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new ConcernError(
      'Unreachable',
      `PayOS does not answer at ${target}: check spec.payments.providers[payos].baseUrl`,
      {
        cause,
      },
    );
  }
  const code = codeOf(text);
  if (response.ok && (code === undefined || code === '00')) return;
  const reason = response.status === 401 || response.status === 403 ? 'AccessDenied' : 'Refused';
  throw new ConcernError(
    reason,
    `PayOS refused ${webhookUrl} with status ${response.status}: ${text.slice(0, 200)}. It must reach that URL from where it is; spec.payments.providers[payos].webhookBaseUrl changes it`,
  );
}

function codeOf(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined;
  } catch {
    return undefined;
  }
}
