/**
 * `npm run demo`: sets up a cluster (or takes yours), brings up the platform, holds an on-sale with real buyers, and judges
 * it. Exit code 0 only when every rule of hack/demo/verdict.ts holds.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startForwards } from '#runtime/local/forward.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { chooseNode, nodeChoiceLine } from '#runtime/local/node-choice.ts';
import { requirePortFree } from '#runtime/local/preflight.ts';
import { Daemons } from '#runtime/local/process.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { type StepResult, Steps } from '#runtime/local/steps.ts';
import { checkElsewhere } from './elsewhere.ts';
import { Kubectl } from './kubectl.ts';
import { launchHere, launchInside, prepareOut, runPlainTool, runTool, ToolError } from './local.ts';
import { GATEWAY_NODE_PORT, localValues } from './local-values.ts';
import { type DemoOptions, parseOptions, USAGE } from './options.ts';
import { reportTable } from './report.ts';
import { bringUp, type RunDeps, runDemo } from './run.ts';
import { readValues } from './values.ts';

const root = join(import.meta.dirname, '..', '..');
const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(signal: AbortSignal): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    say(USAGE);
    return 0;
  }
  if (options.context === undefined) await choose(options, signal);
  if (!options.platformOnly) prepareOut(options.out); // it writes no report: the last sale's stays
  const deps =
    options.context === undefined ? await local(options, signal) : await elsewhere(options, options.context, signal);
  let failed = true;
  try {
    if (options.platformOnly) {
      await bringUp(deps);
      failed = false;
      return 0;
    }
    const report = await runDemo(deps);
    const file = join(options.out, 'report.json');
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    say(`\n${reportTable(report)}\n\n  ${file}, and tickets as PDF beside it`);
    failed = !report.passed;
  } finally {
    if (options.context === undefined) await leave(options, failed);
  }
  return failed ? 1 : 0;
}

/** Decides on the kind of node, says so, and lets every tool know that this starts. */
async function choose(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const choice = await chooseNode(process.env, options.node, signal);
  process.env.TICKETBOTTLE_NODE = choice.kind;
  say(nodeChoiceLine(choice, 'npm run demo --'));
}

/** The embedded default: the local cluster and its backing services, then the main job in it. */
async function local(options: DemoOptions, signal: AbortSignal): Promise<RunDeps> {
  const layout = localLayout(process.env);
  const daemons = new Daemons(layout);
  // Asked before minutes of building, not after.
  if (!daemons.list().some(({ name, running }) => name === 'forward-gateway' && running)) {
    await requirePortFree(options.gatewayPort, 'the gateway', 'npm run demo -- --gateway-port PORT');
  }
  const setup: StepResult[] = [];
  const tool = async (title: string, script: string, args: readonly string[]) => {
    say(`\n${title}`);
    const report = await runTool(root, script, args, signal);
    setup.push(...report.steps);
    return report;
  };
  await tool('Local Kubernetes', 'hack/cluster/main.ts', ['up']);
  await tool('Backing services', 'hack/backing/main.ts', ['up']);
  const { images = [] } = await tool('Programs', 'hack/images/main.ts', ['--content-tags']);
  const own = new Steps();
  await own.run('gateway on this machine', async (step) => {
    const target = { host: layout.loopback, port: GATEWAY_NODE_PORT };
    const forwards = [{ port: options.gatewayPort, target }];
    await startForwards(daemons, { name: 'gateway', netns: layout.netns, forwards }, signal);
    step.detail(`http://127.0.0.1:${options.gatewayPort}`);
  });
  setup.push(...own.results());
  say('\nThe platform and its sale');
  const env = { ...process.env, KUBECONFIG: layout.kubeconfig };
  return {
    root,
    kubectl: new Kubectl(process.execPath, [join(root, 'hack/cluster/main.ts'), 'kubectl'], env),
    launch: launchInside(root, layout),
    values: localValues(layout, options.gatewayPort, new Map(images.map(({ name, image }) => [name, image]))),
    options,
    steps: new Steps(),
    setup,
    signal,
    say,
  };
}

/** A cluster of the user's own kubeconfig, with backing services of their own. */
async function elsewhere(options: DemoOptions, context: string, signal: AbortSignal): Promise<RunDeps> {
  const valuesFile = options.valuesFile ?? '';
  const values = readValues(valuesFile);
  const kubectl = new Kubectl('kubectl', ['--context', context], process.env);
  const steps = new Steps();
  await checkElsewhere(kubectl, context, values, valuesFile, steps);
  return {
    root,
    kubectl,
    launch: launchHere(root),
    values,
    options,
    steps,
    setup: [],
    signal,
    say,
  };
}

async function leave(options: DemoOptions, failed: boolean): Promise<void> {
  const layout = localLayout(process.env);
  if (options.keep || failed) {
    say(
      `\n${failed && !options.keep ? 'Everything is left running so that you can look at it:' : 'Everything is left running:'}
  gateway      http://127.0.0.1:${options.gatewayPort}
  kubectl      export KUBECONFIG=${layout.kubeconfig}
  logs         ${layout.logs}
  remove all   npm run cluster -- down`,
    );
    return;
  }
  say('\nTaking the local cluster down (--keep leaves it running)');
  await runPlainTool(root, 'hack/cluster/main.ts', ['down'], new AbortController().signal);
}

/** Processes of a user who pressed Ctrl-C are not left behind; a cluster of containers stays in its namespace, to go on from. */
async function interrupted(): Promise<void> {
  if (process.argv.some((arg) => arg.startsWith('--context'))) {
    say(
      '\nInterrupted. The platform stays in your cluster; start again to go on, or: kubectl delete namespace ticketbottle',
    );
  } else if (process.env.TICKETBOTTLE_NODE === 'process' && !process.argv.includes('--keep')) {
    say('\nInterrupted. Taking the local cluster down (--keep leaves it running)');
    await runPlainTool(root, 'hack/cluster/main.ts', ['down'], new AbortController().signal);
  } else {
    say('\nInterrupted. What runs keeps running; npm run cluster -- down removes it, npm run demo goes on from here.');
  }
}

const signal = interruption(() => process.stderr.write('\nStopping ...\n'));
try {
  process.exitCode = await main(signal);
} catch (error) {
  if (error instanceof InterruptedError || signal.aborted) {
    await interrupted();
    process.exitCode = 130;
  } else if (error instanceof ToolError) {
    process.exitCode = 1;
  } else if (error instanceof SetupError) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    process.exitCode = 1;
  } else {
    process.stderr.write(`\n✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
