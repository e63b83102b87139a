import { loadService } from '#runtime/proto-loader.ts';
import type { BenchContext, Measured } from '../benchmark.ts';
import { latencyFigures } from '../statistics.ts';
import { closedLoop } from './closed-loop.ts';
import { cpuSecondsOf } from './process-cost.ts';
import { type RunningProgram, startProgram } from './program.ts';
import { type UnaryCall, unaryClient } from './unary-client.ts';

export interface EchoOptions {
  readonly file: string;
  readonly service: string;
  readonly method: string;
  /** Of the size that the real method answers with. */
  readonly answer: object;
}

/** The bare grpc-js echo as a running program: same messages, same client, nothing behind it. */
export async function startEcho(
  { root }: Pick<BenchContext, 'root'>,
  { file, service, method, answer }: EchoOptions,
): Promise<{ readonly call: UnaryCall; readonly program: RunningProgram; stop(): Promise<void> }> {
  const program = await startProgram({
    root,
    file: 'hack/bench/load/bare-echo.ts',
    args: [file, service, method, JSON.stringify(answer)],
    ready: async (output) => /port \d+/.test(output),
  });
  const port = /port (\d+)/.exec(program.output())?.[1];
  const client = unaryClient(`127.0.0.1:${port}`, loadService(root, file, service), method);
  const stop = async () => {
    client.close();
    await program.stop();
  };
  return { call: client.call, program, stop };
}

/** One round of the echo. */
export async function echoRound(
  call: UnaryCall,
  pid: number,
  { concurrency, calls, request }: { concurrency: number; calls: number; request: (index: number) => object },
): Promise<Measured> {
  const before = cpuSecondsOf(pid);
  const load = await closedLoop({ concurrency, calls, call: async (index) => void (await call(request(index))) });
  const cpuMs = ((cpuSecondsOf(pid) - before) * 1000) / calls;
  return { figures: { perSecond: load.perSecond, cpuMs, ...latencyFigures(load.latencies) }, work: { calls } };
}
