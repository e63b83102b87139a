import assert from 'node:assert/strict';
import type { Event__Output } from '#proto/gen/ticketbottle/event/v1/Event.ts';
import { ServiceError } from '#runtime/errors.ts';
import type { CallContext } from '#runtime/grpc-types.ts';
import { newId } from '#runtime/ids.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { eventCommands } from '#services/event/commands.ts';
import { eventQueries } from '#services/event/queries.ts';
import { findEvent } from '#services/event/sql/events.ts';
import { migratedDatabase } from './servers.ts';

describe('event service on a real Postgres', () => {
  const stack = new AsyncDisposableStack();
  let backing: Backing<'postgres'>;
  let pool: Pool;
  // The handlers here use nothing of the call's context.
  const ctx = {} as CallContext;
  before(async function () {
    this.timeout(180_000);
    backing = stack.use(await startBacking({ which: ['postgres'] }));
    const url = await migratedDatabase(backing.postgres.url, 'event');
    pool = createPool({ connectionString: url, max: 5, applicationName: 'test', log: silentLogger() });
    stack.defer(() => pool.end());
  });
  after(() => stack.disposeAsync());

  const commands = () => eventCommands({ pool, onChange: () => {} });
  const queries = () => eventQueries({ pool, get: (id) => findEvent(pool, id) });
  const refused = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;

  const concert = (over: Partial<Event__Output> = {}): Event__Output => ({
    id: newId(),
    name: 'Show của Đen',
    description: 'One night',
    venue: { name: 'Mỹ Đình', address: 'Lê Đức Thọ', city: 'Hà Nội', country: 'VN' },
    startTime: toTimestamp(Date.UTC(2027, 2, 20, 12)),
    ticketTypes: [
      { name: 'GA', description: '', price: { amountMinor: '800000', currency: 'VND' }, maxPerOrder: 4 },
      { name: 'VIP', description: 'front', price: { amountMinor: '3200000', currency: 'VND' }, maxPerOrder: 2 },
    ],
    sale: {
      preQueueTime: toTimestamp(Date.UTC(2027, 0, 10, 2, 30)),
      openTime: toTimestamp(Date.UTC(2027, 0, 10, 3)),
      closeTime: toTimestamp(Date.UTC(2027, 0, 10, 5)),
      timeZone: 'Asia/Ho_Chi_Minh',
    },
    state: 'EVENT_STATE_UNSPECIFIED',
    organiserId: 'org',
    createTime: null,
    updateTime: null,
    ...over,
  });
  const upsert = (event: Event__Output) => commands().upsertEvent({ requestId: '', event }, ctx);

  it('keeps what it was given, to the last dong and millisecond', async () => {
    const event = concert();
    await upsert(event);
    const { event: read } = await queries().getEvent({ eventId: event.id }, ctx);
    assert.ok(read);
    const { createTime, updateTime, state, ...content } = read;
    const { createTime: _c, updateTime: _u, state: _s, ...given } = event;
    assert.deepEqual(content, given);
    assert.equal(state, 'EVENT_STATE_CONFIGURED');
    assert.ok(createTime && updateTime);
  });

  it('changes nothing when the same upsert comes again, from many at once', async () => {
    const event = concert();
    const answers = await Promise.all(Array.from({ length: 8 }, () => upsert(event)));
    const first = answers[0]?.event;
    for (const answer of answers) assert.deepEqual(answer.event, first);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual((await upsert(event)).event, first, 'update_time stays');
    const renamed = (await upsert({ ...event, name: 'New name' })).event;
    assert.equal(renamed?.name, 'New name');
    const { rows } = await pool.query('SELECT 1 FROM events WHERE id = $1', [event.id]);
    assert.equal(rows.length, 1);
  });

  it('guards the lifecycle', async () => {
    const event = concert();
    const by = { eventId: event.id };
    await assert.rejects(commands().approveEvent(by, ctx), refused('EVENT_NOT_FOUND'));
    await upsert({ ...event, venue: null });
    await assert.rejects(commands().approveEvent(by, ctx), refused('WRONG_STATE'));
    await upsert(event);
    await assert.rejects(commands().publishEvent(by, ctx), refused('WRONG_STATE'));
    assert.equal((await commands().approveEvent(by, ctx)).event?.state, 'EVENT_STATE_APPROVED');
    assert.equal((await commands().publishEvent(by, ctx)).event?.state, 'EVENT_STATE_PUBLISHED');
    assert.equal((await commands().publishEvent(by, ctx)).event?.state, 'EVENT_STATE_PUBLISHED');
    const later = { ...event, startTime: toTimestamp(Date.UTC(2027, 2, 21, 12)) };
    assert.equal((await upsert(later)).event?.state, 'EVENT_STATE_PUBLISHED');
    await assert.rejects(upsert({ ...event, ticketTypes: [] }), refused('WRONG_STATE'));
    assert.equal((await commands().cancelEvent({ ...by, reason: 'rain' }, ctx)).event?.state, 'EVENT_STATE_CANCELLED');
    await assert.rejects(upsert(event), refused('WRONG_STATE'));
    await assert.rejects(commands().publishEvent(by, ctx), refused('WRONG_STATE'));
  });

  it('pages through a list without repeating or losing one', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 7; i++) {
      const event = concert({ organiserId: 'pager', name: `Event ${i}` });
      ids.add(event.id);
      await upsert(event);
    }
    const seen: string[] = [];
    let pageToken = '';
    do {
      const state = 'EVENT_STATE_UNSPECIFIED' as const;
      const page = await queries().listEvents(
        { pageSize: 3, pageToken, state, organiserId: 'pager', updatedAfter: null },
        ctx,
      );
      seen.push(...(page.events ?? []).map((event) => event.id ?? ''));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    assert.equal(seen.length, 7);
    assert.deepEqual(new Set(seen), ids);
  });

  it('lists what has changed since a moment, so that nobody reads all that was ever cancelled', async () => {
    const [first, second] = [concert({ organiserId: 'watcher' }), concert({ organiserId: 'watcher' })];
    for (const event of [first, second]) {
      await upsert(event);
      await commands().cancelEvent({ eventId: event.id, reason: '' }, ctx);
    }
    await pool.query("UPDATE events SET update_time = update_time - interval '1 hour' WHERE id = $1", [first.id]);
    const query = { pageSize: 9, pageToken: '', state: 'EVENT_STATE_CANCELLED' as const, organiserId: 'watcher' };
    const since = async (updatedAfter: { seconds: string; nanos: number } | null) =>
      ((await queries().listEvents({ ...query, updatedAfter }, ctx)).events ?? []).map((event) => event.id);
    assert.deepEqual(new Set(await since(null)), new Set([first.id, second.id]));
    assert.deepEqual(await since(toTimestamp(Date.now() - 600_000)), [second.id]);
  });

  it('refuses nonsense, naming the field', async () => {
    const bad: Partial<Event__Output>[] = [
      { id: 'x' },
      { name: ' ' },
      { venue: { name: 'A', address: '', city: '', country: 'vn' } },
      { sale: { preQueueTime: null, openTime: toTimestamp(5), closeTime: toTimestamp(4), timeZone: '' } },
      { sale: { preQueueTime: null, openTime: toTimestamp(4), closeTime: toTimestamp(5), timeZone: 'Mars/Base' } },
    ];
    for (const over of bad) await assert.rejects(upsert(concert(over)), refused('INVALID_EVENT'), JSON.stringify(over));
  });
});
