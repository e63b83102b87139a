import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinControlGroup, SERVERS_GROUP } from '#runtime/local/control-groups.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { netnsCommand } from '#runtime/local/netns.ts';
import { InterruptedError } from '#runtime/local/setup-error.ts';
import type { StepResult } from '#runtime/local/steps.ts';
import type { Launch } from './crowd.ts';

/** A tool did not succeed, and has said why in its own words. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** What a tool reports about itself: its steps, and the images when it builds some. */
export interface ToolReport {
  readonly steps: readonly StepResult[];
  readonly images?: readonly { readonly name: string; readonly image: string }[];
}

/**
 * Runs another tool of this repository with its own progress on this terminal, and returns its report. Tools meet as
 * processes, never by import.
 */
export async function runTool(
  root: string,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ToolReport> {
  await runPlainTool(root, script, [...args, '--report', reportFile()], signal);
  const document = JSON.parse(readFileSync(reportFile(), 'utf8')) as StepResult[] | ToolReport;
  rmSync(reportFile());
  return Array.isArray(document) ? { steps: document } : (document as ToolReport);
}

/** The same for a tool without a report. */
export async function runPlainTool(
  root: string,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  const code = await exitCode(child, signal);
  if (signal.aborted) throw new InterruptedError();
  if (code !== 0) throw new ToolError();
}

const reportFile = () => join(tmpdir(), `ticketbottle-steps-${process.pid}.json`);

/** Starts programs of the demo inside the cluster's network namespace, where the gateway and the stores are. */
export function launchInside(root: string, layout: LocalLayout): Launch {
  return (script, args) => {
    const [command, commandArgs] = netnsCommand(layout.netns, process.execPath, [join(root, script), ...args]);
    const child = spawn(command, commandArgs, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    joinControlGroup(SERVERS_GROUP, child.pid);
    return child;
  };
}

/** Starts programs of the demo on this machine as it is. */
export function launchHere(root: string): Launch {
  return (script, args) =>
    spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function prepareOut(dir: string): string {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return dir;
}

async function exitCode(child: ChildProcess, signal: AbortSignal): Promise<number | null> {
  // Ctrl-C reaches the child through the terminal; a signal sent to this process alone is passed on.
  const pass = () => child.kill('SIGTERM');
  signal.addEventListener('abort', pass, { once: true });
  try {
    return await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  } finally {
    signal.removeEventListener('abort', pass);
  }
}
