import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '#runtime/local/setup-error.ts';
import type { StepHandle, StepResult, Steps } from '#runtime/local/steps.ts';
import type { Outcome, SaleFacts } from './buyers/buyer.ts';
import { type Launch, runProgram } from './crowd.ts';
import type { FactsOptions } from './facts/main.ts';
import type { Kubectl } from './kubectl.ts';
import { NAMESPACE, PLATFORM, platformManifest, prerequisites, saleManifest } from './manifests.ts';
import type { DemoOptions } from './options.ts';
import { buildReport, type Report } from './report.ts';
import { getSale, type Sale, watchSale } from './sale.ts';
import type { DemoValues } from './values.ts';
import { type Facts, judge } from './verdict.ts';
import { waitReady } from './waiting.ts';

export interface RunDeps {
  readonly root: string;
  readonly kubectl: Kubectl;
  readonly launch: Launch;
  readonly values: DemoValues;
  readonly options: DemoOptions;
  readonly steps: Steps;
  /** What the set-up before this did. */
  readonly setup: readonly StepResult[];
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const BUYERS = 'hack/demo/buyers/main.ts';
const FACTS = 'hack/demo/facts/main.ts';
/** The longest sale the demo waits for, from the opening: six minutes, and longer for crowds that two cores need longer for. */
const saleMs = (buyers: number) => Math.max(6 * 60_000, buyers * 900);
/** How long after the last buyer the books may take to agree: late mails, refunds, reconciliation. */
const SETTLE_MS = 120_000;
const PASSWORD = 'Correct-horse-7-battery';

/** Installs the operator on a cluster that is there, and brings the platform up. */
export async function bringUp(deps: RunDeps): Promise<void> {
  const { kubectl, options, signal, steps, root } = deps;
  await steps.run('CRDs, RBAC and the operator in the cluster', async (step) => await installOperator(deps, step));
  await steps.run('platform: kubectl apply config/samples/platform.yaml', async (step) => {
    await kubectl.apply(prerequisites(deps.values));
    await kubectl.apply([platformManifest(root, deps.values, options)]);
    step.detail('applied');
  });
  await steps.run('platform Ready', async (step) => {
    await waitReady(kubectl, 'ticketbottleplatform', PLATFORM, NAMESPACE, {
      timeoutMs: 10 * 60_000,
      note: step.note,
      signal,
    });
    step.detail('seven services, five functions');
  });
  deps.say(await kubectl.run(['get', 'ticketbottleplatforms,deployments,hpa', '-n', NAMESPACE]));
}

/** The main job on a cluster that is there: install, bring up the platform, hold an on-sale, judge it. */
export async function runDemo(deps: RunDeps): Promise<Report> {
  const { kubectl, options, signal, steps } = deps;
  const run = Math.floor(Date.now() / 1000).toString(36);
  const work = join(options.out, 'work');
  mkdirSync(work, { recursive: true });
  const accountsFile = join(work, 'accounts.json');
  await bringUp(deps);

  const crowd = {
    gatewayUrl: deps.values.reach.gatewayUrl,
    providerUrl: deps.values.reach.providersUrl,
    buyers: options.buyers,
    seed: options.seed,
    run,
    accountsFile,
    outcomesFile: join(work, 'outcomes.json'),
  };
  await steps.run(`${options.buyers} people sign up`, async (step) => {
    await runProgram(
      deps.launch,
      BUYERS,
      { ...crowd, mode: 'sign-up' },
      (line) => step.note(`${line.signedUp} of ${options.buyers}`),
      signal,
    );
  });
  const organiser = `organiser-${run}@example.test`;
  await steps.run('an organiser account', async () => {
    await runProgram(
      deps.launch,
      'hack/demo/facts/organiser.ts',
      { gatewayUrl: crowd.gatewayUrl, email: organiser, password: PASSWORD, postgres: reachablePostgres(deps.values) },
      () => {},
      signal,
    );
  });

  const setup = [...deps.setup, ...steps.results()];
  const sale = await holdSale(deps, run, crowd);
  const { facts, verdict } = await settle(deps, sale, organiser);
  const final = await getSale(kubectl, sale.name);
  const currency = 'VND';
  return buildReport({
    buyers: options.buyers,
    tickets: options.tickets,
    currency,
    verdict,
    outcomes: facts.outcomes,
    joinsPerSecond: joinRate(facts.outcomes),
    sale: final,
    prescale: sale.prescale,
    setup,
  });
}

async function installOperator(deps: RunDeps, step: StepHandle): Promise<void> {
  const { kubectl, root, values } = deps;
  await kubectl.run(['apply', '--server-side', '--force-conflicts', '-k', join(root, 'config/default')]);
  await kubectl.run([
    'wait',
    '--for=condition=Established',
    '--timeout=60s',
    'crd/ticketbottleplatforms.ticketbottle.io',
    'crd/eventsales.ticketbottle.io',
  ]);
  const image = values.images.overrides?.operator ?? `${values.images.registry}/operator:${values.images.version}`;
  await kubectl.run(['-n', 'ticketbottle-system', 'set', 'image', 'deployment/ticketbottle-operator', `*=${image}`]);
  step.note('waiting for the operator');
  const ready = await kubectl.answer([
    '-n',
    'ticketbottle-system',
    'rollout',
    'status',
    'deployment/ticketbottle-operator',
    '--timeout=180s',
  ]);
  if (!ready) throw new SetupError(`The operator did not start: ${await operatorTrouble(kubectl)}`);
  step.detail(image);
}

/** What the operator's pods say about themselves. */
async function operatorTrouble(kubectl: Kubectl): Promise<string> {
  const { items } = await kubectl.json<{ items: Pod[] }>(['-n', 'ticketbottle-system', 'get', 'pods']);
  const waiting = items.flatMap((pod) => pod.status?.containerStatuses ?? []).map((row) => row.state?.waiting);
  const words = waiting.flatMap((state) => (state === undefined ? [] : [`${state.reason}: ${state.message ?? ''}`]));
  return `${words.join('; ') || 'no pod says why'}. Look with: kubectl describe pods -n ticketbottle-system; images come from npm run images -- --registry PREFIX --push`;
}

interface Pod {
  status?: { containerStatuses?: { state?: { waiting?: { reason: string; message?: string } } }[] };
}

interface HeldSale {
  readonly name: string;
  readonly eventId: string;
  readonly preQueueAtMs: number;
  readonly opensAtMs: number;
  readonly prescale: Report['prescale'];
  readonly outcomes: readonly Outcome[];
}

async function holdSale(deps: RunDeps, run: string, crowd: object & { outcomesFile: string }): Promise<HeldSale> {
  const { kubectl, options, signal, root } = deps;
  const opensAtMs = Math.ceil((Date.now() + options.opensInSeconds * 1000) / 1000) * 1000;
  // Buyers may take a place in the last third of the time before the opening.
  const preQueueAtMs = opensAtMs - Math.round(options.opensInSeconds / 3) * 1000;
  const manifest = saleManifest(
    root,
    options,
    { preQueueAtMs, opensAtMs, closesAtMs: opensAtMs + saleMs(options.buyers) },
    run,
  );
  const name = manifest.metadata.name;
  deps.say(
    `\nkubectl apply -f config/samples/eventsale.yaml   (${name}, opens ${new Date(opensAtMs).toISOString()})\nkubectl get eventsale ${name} -n ${NAMESPACE} -w`,
  );
  await kubectl.apply([manifest]);
  const stopWatch = new AbortController();
  watchSale(kubectl, name, deps.say, stopWatch.signal);
  try {
    const eventId = await untilStatus(deps, name, (sale) => sale.status?.eventId, preQueueAtMs, 'status.eventId');
    const facts: SaleFacts = {
      eventId,
      preQueueAtMs,
      opensAtMs,
      deadlineMs: opensAtMs + saleMs(options.buyers),
      holdMs: options.holdSeconds * 1000,
    };
    // The waiting of buyers and the watching of the sale go on side by side.
    let last = 0;
    const [prescale] = await Promise.all([
      untilStatus(deps, name, (sale) => armedPrescale(sale), opensAtMs + saleMs(options.buyers), 'phase Armed'),
      runProgram(
        deps.launch,
        BUYERS,
        { ...crowd, mode: 'buy', sale: facts },
        (line) => {
          if (Date.now() - last < 5_000) return;
          last = Date.now();
          const seconds = Math.round((Date.now() - opensAtMs) / 1000);
          deps.say(
            `    ${seconds < 0 ? `T${seconds}` : `T+${seconds}`} s   ${line.waiting} waiting, ${line.checkout} choosing, ${line.paying} paying, ${line.done} done`,
          );
        },
        signal,
      ),
    ]);
    const outcomes = JSON.parse(readFileSync(crowd.outcomesFile, 'utf8')) as Outcome[];
    await closeSale(deps, name);
    return { name, eventId, preQueueAtMs, opensAtMs, prescale, outcomes };
  } finally {
    stopWatch.abort();
  }
}

const PHASES_FROM_ARMED = ['Armed', 'Open', 'SoldOut', 'Closing', 'Closed', 'ScaledDown'];

function armedPrescale(sale: Sale): Report['prescale'] | undefined {
  return PHASES_FROM_ARMED.includes(sale.status?.phase ?? '') ? (sale.status?.prescale ?? []) : undefined;
}

/** Nobody is left who could buy: the organiser ends the sale, and the operator gives the capacity back. */
async function closeSale(deps: RunDeps, name: string): Promise<void> {
  const sale = await getSale(deps.kubectl, name);
  if (!['SoldOut', 'Closing', 'Closed', 'ScaledDown'].includes(sale.status?.phase ?? '')) {
    const closesAt = new Date(Date.now() + 2_000).toISOString();
    deps.say(`\nkubectl patch eventsale ${name}: closesAt ${closesAt}`);
    await deps.kubectl.run([
      'patch',
      'eventsale',
      name,
      '-n',
      NAMESPACE,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { schedule: { closesAt } } }),
    ]);
  }
  await untilStatus(
    deps,
    name,
    (now) => (now.status?.phase === 'ScaledDown' ? true : undefined),
    Date.now() + saleMs(deps.options.buyers),
    'phase ScaledDown',
  );
}

async function untilStatus<T>(
  deps: RunDeps,
  name: string,
  read: (sale: Sale) => T | undefined,
  deadlineMs: number,
  what: string,
): Promise<T> {
  while (true) {
    const sale = await getSale(deps.kubectl, name);
    const value = read(sale);
    if (value !== undefined) return value;
    const stuck = ['Missed', 'Aborted'].includes(sale.status?.phase ?? '');
    if (stuck || Date.now() > deadlineMs) {
      const ready = sale.status?.conditions
        ?.map((row) => `${row.type}=${row.status} ${row.reason}: ${row.message}`)
        .join('\n  ');
      throw new SetupError(
        `EventSale ${name} did not reach ${what}; it is ${sale.status?.phase ?? 'without phase'}:\n  ${ready ?? 'no conditions'}`,
      );
    }
    await delay(1_000, undefined, { signal: deps.signal });
  }
}

/** Reads the stores until the books agree or the time for mails and refunds is over. */
async function settle(
  deps: RunDeps,
  sale: HeldSale,
  organiser: string,
): Promise<{ facts: Facts; verdict: ReturnType<typeof judge> }> {
  const { options, values, signal } = deps;
  const file = join(options.out, 'work', 'facts.json');
  const factsOptions: FactsOptions = {
    eventId: sale.eventId,
    gatewayUrl: values.reach.gatewayUrl,
    providersUrl: values.reach.providersUrl,
    aws: {
      region: values.aws.region,
      accessKeyId: values.aws.accessKeyId,
      secretAccessKey: values.aws.secretAccessKey,
      ...(values.reach.awsEndpoint === undefined ? {} : { endpoint: values.reach.awsEndpoint }),
    },
    postgres: reachablePostgres(values),
    table: 'ticketbottle-orders',
    bucket: 'ticketbottle-tickets',
    admin: { email: organiser, password: PASSWORD },
    outDir: options.out,
    file,
  };
  return await deps.steps.run('books: stores, provider, bucket and mailbox', async (step) => {
    const deadline = Date.now() + SETTLE_MS;
    while (true) {
      await runProgram(deps.launch, FACTS, factsOptions, () => {}, signal);
      const stored = JSON.parse(readFileSync(file, 'utf8')) as Omit<
        Facts,
        'tickets' | 'buyers' | 'outcomes' | 'opensAtMs'
      >;
      const facts: Facts = {
        ...stored,
        tickets: options.tickets,
        buyers: options.buyers,
        outcomes: sale.outcomes,
        opensAtMs: sale.opensAtMs,
      };
      const verdict = judge(facts);
      if (verdict.problems.length === 0 || Date.now() > deadline) return { facts, verdict };
      step.note(verdict.problems.join('; '));
      await delay(3_000, undefined, { signal });
    }
  });
}

function reachablePostgres(values: DemoValues) {
  return {
    host: values.reach.postgresHost,
    port: values.reach.postgresPort,
    username: values.postgres.username,
    password: values.postgres.password,
  };
}

/** Joins per second in the busiest ten seconds. */
function joinRate(outcomes: readonly Outcome[]): number {
  const WINDOW_MS = 10_000;
  const times = outcomes.flatMap((outcome) => outcome.joinedAt ?? []).sort((a, b) => a - b);
  let best = 0;
  let from = 0;
  for (const [to, time] of times.entries()) {
    while (time - (times[from] ?? time) > WINDOW_MS) from += 1;
    best = Math.max(best, to - from + 1);
  }
  return (best * 1000) / WINDOW_MS;
}
