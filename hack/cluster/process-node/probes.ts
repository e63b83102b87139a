import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { type ContainerSpec, type HttpGet, type Probe, portNumber } from './pod.ts';

/** Where a container's ports really are, and how to run a command in it. */
export interface ProbeTarget {
  readonly ip: string;
  /** Added to ports below 1024. */
  readonly lowPortShift: number;
  readonly spec: ContainerSpec;
  /** Exit code and output of a command run in the container. */
  exec(command: readonly string[], timeoutMs: number): Promise<{ readonly code: number; readonly output: string }>;
}

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Asks once. Never throws: what goes wrong is the answer. */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000;
  try {
    if (probe.httpGet !== undefined) return await askHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket !== undefined) return await askTcp(probe.tcpSocket, target, timeoutMs);
    if (probe.grpc !== undefined) return await askGrpc(probe.grpc, target, timeoutMs);
    if (probe.exec !== undefined) {
      const { code, output } = await target.exec(probe.exec.command, timeoutMs);
      return code === 0 ? { ok: true } : { ok: false, why: output.trim() || `exit code ${code}` };
    }
    return { ok: true };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Asks again and again until the signal fires, and tells each change of the verdict: `failureThreshold` failures in a row
 * make it bad, `successThreshold` successes make it good.
 */
export async function watchProbe(
  probe: Probe,
  target: ProbeTarget,
  signal: AbortSignal,
  on: { verdict(good: boolean): void; failure(why: string): void },
): Promise<void> {
  const periodMs = (probe.periodSeconds ?? 10) * 1_000;
  const pause = async (ms: number) => await sleep(ms, undefined, { signal }).catch(() => {});
  await pause((probe.initialDelaySeconds ?? 0) * 1_000);
  let successes = 0;
  let failures = 0;
  while (!signal.aborted) {
    const result = await probeOnce(probe, target);
    if (signal.aborted) return;
    if (result.ok) {
      successes += 1;
      failures = 0;
      if (successes >= (probe.successThreshold ?? 1)) on.verdict(true);
    } else {
      failures += 1;
      successes = 0;
      on.failure(result.why);
      if (failures >= (probe.failureThreshold ?? 3)) on.verdict(false);
    }
    await pause(periodMs);
  }
}

/** One HTTP GET for a probe or a hook. 200 to 399 is good. */
export async function askHttp(get: HttpGet, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const secure = get.scheme?.toUpperCase() === 'HTTPS';
  const headers = Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = {
    ...{ host: get.host ?? target.ip, port: realPort(target, get.port), path: get.path ?? '/', agent: false },
    headers: { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close', ...headers },
    rejectUnauthorized: false, // As the real one: a probe asks whether it serves, not who it is.
  };
  return await new Promise((resolve) => {
    const call = (secure ? httpsRequest : httpRequest)(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      response.once('close', () => clearTimeout(timer));
      resolve(
        status >= 200 && status < 400
          ? { ok: true }
          : { ok: false, why: `HTTP probe failed with statuscode: ${status}` },
      );
    });
    const timer = setTimeout(() => call.destroy(new Error('context deadline exceeded')), timeoutMs);
    call.once('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, why: error.message });
    });
    call.end();
  });
}

async function askTcp(
  tcp: { readonly port: number | string; readonly host?: string },
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  return await new Promise((resolve) => {
    const socket = connect({ host: tcp.host ?? target.ip, port: realPort(target, tcp.port), timeout: timeoutMs });
    const end = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end({ ok: true }));
    socket.once('timeout', () => end({ ok: false, why: 'i/o timeout' }));
    socket.once('error', (error) => end({ ok: false, why: error.message }));
  });
}

const SERVING = 1;

/** grpc.health.v1.Health/Check; its two messages have one field each, so they are written by hand. */
async function askGrpc(
  grpc: { readonly port: number; readonly service?: string },
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const client = new Client(`${target.ip}:${realPort(target, grpc.port)}`, credentials.createInsecure());
  const name = Buffer.from(grpc.service ?? '');
  const question = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([10, name.length]), name]);
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (value: Buffer) => value,
        (value: Buffer) => (value[0] === 8 ? (value[1] ?? 0) : 0),
        question,
        { deadline: Date.now() + timeoutMs },
        (error, status) => {
          if (error !== null) resolve({ ok: false, why: error.message });
          else resolve(status === SERVING ? { ok: true } : { ok: false, why: `service unhealthy (status ${status})` });
        },
      );
    });
  } finally {
    client.close();
  }
}

function realPort(target: ProbeTarget, port: number | string): number {
  const number = portNumber(target.spec, port);
  if (number === undefined) throw new Error(`the container has no port named "${port}"`);
  return number < 1024 ? number + target.lowPortShift : number;
}
