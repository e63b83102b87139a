import type { ChildProcess } from 'node:child_process';
import type { WebSocket } from 'ws';
import { type ContainerPlace, ended, killGroup, StartError, startProcess } from './container-process.ts';

/** The first byte of every message names its stream (v5.channel.k8s.io). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Runs a command in a container over the WebSocket that `kubectl exec` opened. There is no terminal: `-t` gets pipes. */
export async function serveExec(socket: WebSocket, place: ContainerPlace, request: ExecRequest): Promise<void> {
  const send = (channel: number, data: Buffer | string) => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  };
  let child: ChildProcess;
  try {
    child = startProcess(place, request.command, request.stdin ? 'pipe' : 'ignore');
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    send(CHANNEL.error, JSON.stringify(failure(error.message, 'InternalError', 126)));
    socket.close(1000);
    return;
  }
  child.stdin?.on('error', () => {}); // It may end without reading everything.
  if (request.stdout) child.stdout?.on('data', (data: Buffer) => send(CHANNEL.stdout, data));
  else child.stdout?.resume();
  if (request.stderr) child.stderr?.on('data', (data: Buffer) => send(CHANNEL.stderr, data));
  else child.stderr?.resume();
  socket.on('message', (message: Buffer) => {
    if (message[0] === CHANNEL.stdin) child.stdin?.write(message.subarray(1));
    else if (message[0] === CHANNEL.close && message[1] === CHANNEL.stdin) child.stdin?.end();
  });
  // Nobody reads any more: the command ends as it would in a closed terminal.
  socket.once('close', () => killGroup(child));
  const { code } = await ended(child);
  const verdict =
    code === 0
      ? { metadata: {}, status: 'Success' }
      : failure(`command terminated with non-zero exit code: exit status ${code}`, 'NonZeroExitCode', code);
  send(CHANNEL.error, JSON.stringify(verdict));
  socket.close(1000);
}

function failure(message: string, reason: string, code: number): object {
  return {
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
