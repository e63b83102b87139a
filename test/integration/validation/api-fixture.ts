import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { parse, parseAllDocuments } from 'yaml';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const NAMESPACE = 'ticketbottle';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // Tests write what a person might write, which no type allows.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  spec: any;
  status?: unknown;
}

export interface Answer {
  readonly status: number;
  /** What the API server said, for people. */
  readonly message: string;
  readonly causes: readonly { readonly field: string; readonly message: string }[];
  readonly body: Manifest;
}

/** The real API server with our CRDs and admission policies, and nothing that reconciles. */
export interface Guarded {
  readonly server: ApiServer;
  /** One request, as admin or as somebody whom the admin impersonates. Does not throw for an answer. */
  ask(method: string, path: string, body?: unknown, as?: string, contentType?: string): Promise<Answer>;
  stop(): Promise<void>;
}

let shared: Promise<Guarded> | undefined;

export function guardedApiServer(): Promise<Guarded> {
  shared ??= start();
  return shared;
}

after(async () => {
  await (await shared)?.stop();
});

async function start(): Promise<Guarded> {
  const server = await startApiServer({ args: [`--audit-policy-file=${auditPolicy()}`, '--audit-log-path=audit.log'] });
  const agent = new Agent({ connect: { ca: server.ca }, connections: 4 });
  const ask: Guarded['ask'] = async (method, path, body, as, contentType = 'application/json') => {
    const response = await request(server.url + path, {
      dispatcher: agent,
      method: method as 'GET',
      headers: {
        authorization: `Bearer ${server.token}`,
        'content-type': contentType,
        ...(as === undefined ? {} : { 'impersonate-user': as }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const answer = (await response.body.json()) as Manifest & {
      message?: string;
      details?: { causes?: Answer['causes'] };
    };
    return {
      status: response.statusCode,
      message: answer.message ?? '',
      causes: answer.details?.causes ?? [],
      body: answer,
    };
  };
  await installCrds(server);
  for (const file of readdirSync(join(ROOT, 'config/admission')).filter((name) => name !== 'kustomization.yaml'))
    for (const object of documents(`config/admission/${file}`)) await apply(ask, object);
  await apply(ask, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await untilEnforced(ask);
  return {
    server,
    ask,
    async stop() {
      await agent.close();
      await server.stop();
    },
  };
}

export function documents(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(ROOT, file), 'utf8')).map((document) => document.toJS() as Manifest);
}

const PLURAL: Record<string, string> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

export async function apply(ask: Guarded['ask'], object: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>) {
  const { apiVersion, kind, metadata } = object;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const path = `${root}${scope}/${PLURAL[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}?fieldManager=test&force=true`;
  const answer = await ask('PATCH', path, object, undefined, 'application/apply-patch+yaml');
  if (answer.status >= 400) throw new Error(`${kind} ${metadata.name}: ${answer.message}`);
  return answer;
}

/** Policies are compiled in the background: until then they let everything pass. */
async function untilEnforced(ask: Guarded['ask']): Promise<void> {
  const sale = sampleSale();
  sale.spec.schedule.opensAt = '2027-01-10T10:00:00+08:00';
  for (let tries = 0; tries < 300; tries++) {
    const { status } = await create(ask, sale);
    if (status >= 400) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the admission policies are not in force after 15 s');
}

/** A create that changes nothing. */
export function create(ask: Guarded['ask'], object: Manifest): Promise<Answer> {
  return ask('POST', `${collection(object)}?dryRun=All`, object);
}

export function collection({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `/apis/ticketbottle.io/v1alpha1/namespaces/${metadata.namespace ?? NAMESPACE}/${kind.toLowerCase()}s`;
}

export function samplePlatform(): Manifest {
  return parse(readFileSync(join(ROOT, 'config/samples/platform.yaml'), 'utf8')) as Manifest;
}

export function sampleSale(): Manifest {
  return parse(readFileSync(join(ROOT, 'config/samples/eventsale.yaml'), 'utf8')) as Manifest;
}

/** `spec.services.gateway.replicas.min` set to a value; `[n]` is an item of a list; undefined removes the field. */
export function edited(manifest: Manifest, path: string, value: unknown): Manifest {
  const steps = path.match(/\[[^\]]+\]|[^.[\]]+/g) ?? [];
  const keys = steps.map((step) => (step.startsWith('[') ? step.slice(1, -1) : step));
  const last = keys.pop() ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: walks whatever is there
  let at: any = manifest;
  for (const [index, key] of keys.entries()) {
    at[key] ??= /^\d+$/.test(keys[index + 1] ?? last) ? [] : {};
    at = at[key];
  }
  if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1);
  else if (value === undefined) delete at[last];
  else at[last] = value;
  return manifest;
}

function auditPolicy(): string {
  return join(import.meta.dirname, 'audit-policy.yaml');
}
