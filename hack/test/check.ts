import { spawn } from 'node:child_process';
import { printStage, type StageResult } from './result.ts';

const KEPT_OUTPUT = 8_000;

/** Runs a program whose exit code is the verdict; its output is shown only when it fails. */
export async function runCheck(stage: string, command: string, args: readonly string[]): Promise<StageResult> {
  const startedAt = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const result: StageResult = {
    stage,
    passed: code === 0 ? 1 : 0,
    failures: code === 0 ? [] : [{ title: stage, detail: output.slice(-KEPT_OUTPUT) }],
    seconds: (performance.now() - startedAt) / 1000,
  };
  printStage(result);
  return result;
}
