import type { Container } from './container.ts';
import type { Probe } from './pod.ts';
import { type ProbeTarget, watchProbe } from './probes.ts';

/** What the probes of a container lead to. */
export interface HealthSink {
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** `ready` or `started` of the container is another now. */
  changed(): void;
  /** It has to end, so that it is restarted; `seconds` is the probe's own grace. */
  restart(seconds: number | undefined): void;
}

/** Watches a container that has just started, until the signal fires: startup first; only then readiness and liveness. */
export function watchHealth(container: Container, target: ProbeTarget, signal: AbortSignal, sink: HealthSink): void {
  const { startupProbe, readinessProbe, livenessProbe, name } = container.spec;
  const failure = (kind: string) => (why: string) => sink.event('Warning', 'Unhealthy', `${kind} probe failed: ${why}`);
  const kill = (kind: string, probe: Probe) => {
    sink.event('Normal', 'Killing', `Container ${name} failed ${kind} probe, will be restarted`);
    sink.restart(probe.terminationGracePeriodSeconds);
  };
  const started = () => {
    container.started = true;
    if (readinessProbe === undefined) container.ready = true;
    sink.changed();
    if (readinessProbe !== undefined) {
      const verdict = (good: boolean) => {
        if (container.ready === good) return;
        container.ready = good;
        sink.changed();
      };
      void watchProbe(readinessProbe, target, signal, { verdict, failure: failure('Readiness') });
    }
    if (livenessProbe === undefined) return;
    untilVerdict(livenessProbe, 'Liveness', (good) => {
      if (!good) kill('liveness', livenessProbe);
      return !good;
    });
  };

  /** Asks until `decide` says that the verdict was the last one wanted. */
  function untilVerdict(probe: Probe, kind: string, decide: (good: boolean) => boolean): void {
    const done = new AbortController();
    const verdict = (good: boolean) => {
      if (decide(good)) done.abort();
    };
    void watchProbe(probe, target, AbortSignal.any([done.signal, signal]), { verdict, failure: failure(kind) });
  }

  if (startupProbe === undefined) {
    started();
    return;
  }
  untilVerdict(startupProbe, 'Startup', (good) => {
    if (good) started();
    else kill('startup', startupProbe);
    return true;
  });
}
