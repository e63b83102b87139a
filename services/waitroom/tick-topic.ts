import { TOPIC } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { encodeEnvelope } from '#runtime/event-envelope.ts';
import type { EventProducer } from '#runtime/kafka-producer.ts';
import type { Logger } from '#runtime/log.ts';
import type { Tick } from './tick.ts';

const EVERY_MS = 5_000;

/**
 * Ticks for whoever keeps history: a new state at once, otherwise one per room and five seconds. Best effort: buyers hear
 * ticks from Redis, so a broker that is away must not slow the room.
 */
export function tickTopic(deps: { readonly producer: EventProducer; readonly clock: Clock; readonly log: Logger }) {
  const { producer, clock, log } = deps;
  const sent = new Map<string, { readonly at: number; readonly state: string }>();
  let failing = false;
  return (tick: Tick): void => {
    const last = sent.get(tick.eventId);
    if (last && last.state === tick.state && clock.monotonic() - last.at < EVERY_MS) return;
    sent.set(tick.eventId, { at: clock.monotonic(), state: tick.state });
    const value = encodeEnvelope({
      id: `${tick.eventId}/${tick.epoch}/${tick.seq}`,
      type: TOPIC.queuePosition,
      time: Date.parse(tick.serverTime),
      key: tick.eventId,
      data: tick,
    });
    producer.send(TOPIC.queuePosition, [{ key: tick.eventId, value }]).then(
      () => {
        failing = false;
      },
      (error) => {
        if (!failing) log.warn({ err: error }, 'ticks do not reach Kafka');
        failing = true;
      },
    );
  };
}
