import { call } from './api.js';
import { dropScan, lastPass, queuedScans, queueScan, rememberPass } from './scan-store.js';

/**
 * What a scanner does without the gateway, and what it tells afterwards. `onLink(there)`, `onQueued(how many wait)`,
 * `onConflict(result, scan)` and `onRefused(error)` are told.
 */
export function createScanQueue({ onLink, onQueued, onConflict, onRefused }) {
  let order = Date.now();
  let sending = false;
  const tellQueued = async () => onQueued((await queuedScans()).length);

  /** A genuine ticket of this event, that did not pass here in this direction before, opens the gate. */
  async function decide(claims, scan) {
    const ticket = claims && { className: claims.c, holder: claims.n };
    const shut = (outcome) => ({ nonce: scan.nonce, outcome, accepted: false, ticket });
    if (!claims) return shut('FORGED');
    if (claims.e.toLowerCase() !== scan.eventId.toLowerCase()) return shut('OTHER_EVENT');
    const opened = (await lastPass(claims.t)) !== scan.direction;
    if (opened) await rememberPass(claims.t, scan.direction);
    // Kept before the gate opens: what is not written down has not happened. Scans that keep it shut are told too.
    await queueScan({ ...scan, opened, order: order++, who: `${claims.c} · ${claims.n}` });
    await tellQueued();
    return { ...shut(opened ? 'OFFLINE_OK' : 'OFFLINE_SEEN'), accepted: opened };
  }

  /** Sends what waits, event by event and gate by gate, oldest first. Nonces make sending it twice harmless. */
  async function send() {
    if (sending) return;
    sending = true;
    try {
      for (;;) {
        const waiting = await queuedScans();
        const [first] = waiting;
        if (!first) break;
        const { eventId, gate } = first;
        const batch = waiting.filter((one) => one.eventId === eventId && one.gate === gate).slice(0, 100);
        const scans = batch.map(({ qr, direction, nonce, scannedAt, opened }) => ({
          ...{ qr, direction, nonce, scannedAt, opened },
        }));
        const { results } = await call('POST', '/door/scans', { eventId, gate, scans });
        onLink(true);
        for (const result of results) {
          const scan = batch.find((one) => one.nonce === result.nonce);
          if (result.conflict) onConflict(result, scan);
          await dropScan(result.nonce);
        }
      }
    } catch (error) {
      if (error.code === 'network' || error.status >= 500) onLink(false);
      else onRefused(error);
    } finally {
      sending = false;
      await tellQueued();
    }
  }

  return { decide, send };
}
