import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { ControllerDeps } from '#operator/controller-deps.ts';
import { gauge, histogram } from '#runtime/metrics.ts';

/** A sale is ready minutes or hours before it opens; one that became ready after opensAt counts below 0. */
const READY_MARGINS = [0, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600];

/** How punctual sales are, as histograms: each sale once, when its report first says so. */
export function saleMeters({ metrics }: ControllerDeps) {
  const skew = histogram(metrics, 'eventsale_open_skew_seconds', 'First admission after opensAt, by Redis time', []);
  const margin = histogram(
    metrics,
    'eventsale_prewarm_ready_margin_seconds',
    'How long before opensAt a sale was ready',
    [],
    READY_MARGINS,
  );
  const offset = gauge(metrics, 'clock_offset_seconds', 'Clock of a peer minus ours', ['peer']);
  const peerOf = (platform: string) => ({ peer: `Redis of ${platform}` });
  return {
    /** Of a platform, `namespace/name`, that is gone. */
    forget: (platform: string) => offset.remove(peerOf(platform)),
    report(sale: EventSale, status: NonNullable<EventSale['status']>, offsetMs: number | undefined) {
      const peer = peerOf(`${sale.metadata.namespace}/${sale.spec.platformRef.name}`);
      if (offsetMs !== undefined) offset.set(peer, offsetMs / 1000);
      // Nobody asks it any more.
      else if (status.phase === 'Standby') offset.remove(peer);
      const { report } = status;
      const before = sale.status?.report;
      if (report?.openSkewMs !== undefined && before?.openSkewMs === undefined) skew.observe(report.openSkewMs / 1000);
      if (report?.readyMarginSeconds !== undefined && before?.readyMarginSeconds === undefined)
        margin.observe(report.readyMarginSeconds);
    },
  };
}
