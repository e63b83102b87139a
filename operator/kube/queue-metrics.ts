import { counter, gauge, histogram, type Registry } from '#runtime/metrics.ts';

/** What the metrics ask the queue when they are scraped. */
export interface QueueView {
  /** Ready keys by priority. */
  depth(): Map<number, number>;
  /** Seconds for which each key in work has been in work. */
  processing(): number[];
}

export interface QueueMetrics {
  added(): void;
  retried(): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

interface Scraped {
  readonly views: Map<string, QueueView>;
}
const scraped = new WeakMap<Registry, Scraped>();

/** Metrics under client-go's and controller-runtime's names, so that existing dashboards show them. */
export function queueMetrics(registry: Registry, name: string, view: QueueView): QueueMetrics {
  scrapeWith(registry).views.set(name, view);
  const labels = { name, controller: name };
  const names = ['name', 'controller'];
  const adds = counter(registry, 'workqueue_adds_total', 'Keys added', names);
  const retries = counter(registry, 'workqueue_retries_total', 'Keys added again after a failure', names);
  const queued = histogram(registry, 'workqueue_queue_duration_seconds', 'Time a ready key waited', names);
  const worked = histogram(registry, 'workqueue_work_duration_seconds', 'Time a key was worked on', names);
  return {
    added: () => adds.inc(labels),
    retried: () => retries.inc(labels),
    waited: (seconds) => queued.observe(labels, seconds),
    worked: (seconds) => worked.observe(labels, seconds),
  };
}

/** Gauges are filled from all queues of the registry when it is scraped. */
function scrapeWith(registry: Registry): Scraped {
  const known = scraped.get(registry);
  if (known !== undefined) return known;
  const made: Scraped = { views: new Map() };
  scraped.set(registry, made);
  const depth = gauge(registry, 'workqueue_depth', 'Ready keys', ['name', 'controller', 'priority']);
  const unfinished = gauge(registry, 'workqueue_unfinished_work_seconds', 'Sum of the time of keys still in work', [
    'name',
    'controller',
  ]);
  const longest = gauge(
    registry,
    'workqueue_longest_running_processor_seconds',
    'Time of the key that has been in work for longest',
    ['name', 'controller'],
  );
  onScrape(depth, () => {
    depth.reset();
    for (const [name, view] of made.views) {
      const byPriority = view.depth();
      if (!byPriority.has(0)) byPriority.set(0, 0);
      for (const [priority, keys] of byPriority)
        depth.set({ name, controller: name, priority: String(priority) }, keys);
    }
  });
  onScrape(unfinished, () => {
    for (const [name, view] of made.views) {
      unfinished.set(
        { name, controller: name },
        view.processing().reduce((sum, seconds) => sum + seconds, 0),
      );
    }
  });
  onScrape(longest, () => {
    for (const [name, view] of made.views) {
      longest.set({ name, controller: name }, Math.max(0, ...view.processing()));
    }
  });
  return made;
}

/** prom-client calls `collect` of a metric when it is scraped; the type hides that it may be set afterwards. */
function onScrape(metric: object, collect: () => void): void {
  (metric as { collect?: () => void }).collect = collect;
}
