-- Up Migration
-- A cancelled event sells nothing any more, also not what is given back. Who holds stock at that moment keeps it until the order
-- gives it back: orders are told one by one.

CREATE TABLE cancelled_events (
  event_id    uuid PRIMARY KEY,
  cancel_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- On the class, because that is the row which every reserve has locked.
ALTER TABLE ticket_classes ADD COLUMN cancelled boolean NOT NULL DEFAULT false;

CREATE FUNCTION cancelled_holds_nothing() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event of class % is cancelled: nothing of it is held any more', NEW.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'cancelled_holds_nothing';
END
$$;

CREATE TRIGGER cancelled_holds_nothing BEFORE UPDATE OF reserved ON ticket_classes
FOR EACH ROW WHEN (NEW.cancelled AND NEW.reserved > OLD.reserved) EXECUTE FUNCTION cancelled_holds_nothing();

-- Which orders still have stock of an event, page by page.
CREATE INDEX reservations_live_by_event ON reservations (event_id, order_id) WHERE state IN ('HELD', 'CONFIRMED');

-- As before (0003), with one verdict more: EVENT_CANCELLED, refused, nothing was stored.
CREATE OR REPLACE FUNCTION inventory_reserve(
  p_orders uuid[], p_events uuid[], p_users text[], p_rehearsals boolean[], p_expire_times timestamptz[],
  p_line_of integer[], p_line_classes uuid[], p_line_quantities integer[])
RETURNS TABLE (verdicts text[], subjects uuid[], known jsonb, classes jsonb, lock_ms double precision)
LANGUAGE plpgsql SET lock_timeout = '3s' SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  began     timestamptz := clock_timestamp();
  at_time   timestamptz;
  ids       uuid[];
  available integer[];
  of_event  uuid[];
  hidden    boolean[];
  over      boolean[];
  per_order integer[];
  per_user  integer[];
  currency_ text[];
  slots     integer[];  -- by line: lines of the same account and class have the same slot
  owned     integer[];  -- by slot: what the account holds or owns of the class, this batch included
  prior     jsonb;
  was       jsonb;
  verdict   text[] := array_fill(NULL::text, ARRAY[cardinality(p_orders)]);
  subject   uuid[] := array_fill(NULL::uuid, ARRAY[cardinality(p_orders)]);
  v         text;
  about     uuid;
  price     text;
  line      integer := 1;
  first     integer;
  at_class  integer;
  quantity  integer;
  granted   integer := 0;
  taken     uuid[];
BEGIN
  -- An expired hold over several classes can only be given back under the locks of all of them.
  SELECT array_agg(id ORDER BY id) INTO ids FROM (
    SELECT unnest(p_line_classes) AS id
    UNION
    SELECT other.ticket_class_id
    FROM reservations r
    JOIN reservation_lines mine ON mine.order_id = r.order_id AND mine.ticket_class_id = ANY (p_line_classes)
    JOIN reservation_lines other ON other.order_id = r.order_id
    WHERE r.state = 'HELD' AND r.expire_time <= began) u;

  PERFORM FROM ticket_classes WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
  at_time := clock_timestamp();
  PERFORM inventory_expire(ids, at_time);

  SELECT array_agg(c.id), array_agg(c.total - c.reserved - c.sold), array_agg(c.event_id), array_agg(c.rehearsal), array_agg(c.cancelled),
         array_agg(c.max_per_order), array_agg(c.max_per_account), array_agg(c.currency),
         jsonb_object_agg(c.id, jsonb_build_object('name', c.name, 'priceMinor', c.price_minor::text, 'currency', c.currency))
  INTO ids, available, of_event, hidden, over, per_order, per_user, currency_, classes
  FROM (SELECT * FROM ticket_classes WHERE id = ANY (ids) ORDER BY id) c;

  SELECT jsonb_object_agg(r.order_id, jsonb_build_object(
           'state', CASE WHEN r.state = 'HELD' AND r.expire_time <= at_time THEN 'EXPIRED' ELSE r.state END,
           'expireTime', rfc3339(r.expire_time),
           'lines', (SELECT jsonb_object_agg(l.ticket_class_id, jsonb_build_object(
                       'quantity', l.quantity, 'priceMinor', l.unit_price_minor::text, 'currency', l.currency))
                     FROM reservation_lines l WHERE l.order_id = r.order_id)))
  INTO prior
  FROM reservations r WHERE r.order_id = ANY (p_orders);

  IF EXISTS (SELECT FROM unnest(per_user) AS most WHERE most > 0) THEN
    SELECT array_agg(w.slot ORDER BY w.line) INTO slots
    FROM (SELECT l.line, dense_rank() OVER (ORDER BY p_users[l.of], p_events[l.of], l.class)::integer AS slot
          FROM unnest(p_line_of, p_line_classes) WITH ORDINALITY AS l(of, class, line)) w;
    SELECT array_agg(held.quantity ORDER BY s.slot) INTO owned
    FROM (SELECT DISTINCT ON (l.slot) l.slot, p_users[l.of] AS user_id, p_events[l.of] AS event_id, l.class
          FROM unnest(slots, p_line_of, p_line_classes) AS l(slot, of, class)) s
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(rl.quantity), 0)::integer AS quantity
      FROM reservations r JOIN reservation_lines rl ON rl.order_id = r.order_id AND rl.ticket_class_id = s.class
      WHERE r.event_id = s.event_id AND r.user_id = s.user_id AND r.state IN ('HELD', 'CONFIRMED')) held;
  END IF;

  FOR i IN 1 .. cardinality(p_orders) LOOP
    v := CASE WHEN p_expire_times[i] <= at_time THEN 'HOLD_EXPIRED' ELSE 'RESERVED' END;
    IF prior IS NOT NULL THEN
      was := prior -> p_orders[i]::text;
      IF was IS NOT NULL THEN
        v := CASE
          WHEN was ->> 'state' IN ('RELEASED', 'RETURNED') THEN was ->> 'state'
          WHEN NOT inventory_same_lines(was -> 'lines', i, p_line_of, p_line_classes, p_line_quantities) THEN 'KEY_REUSED'
          WHEN was ->> 'state' = 'HELD' THEN 'HELD_BEFORE'
          WHEN was ->> 'state' = 'CONFIRMED' THEN 'CONFIRMED'
          ELSE v -- a hold that ended may be taken anew: money that came late asks for it
        END;
      END IF;
    END IF;

    first := line;
    price := NULL;
    about := NULL;
    WHILE p_line_of[line] = i LOOP
      IF v = 'RESERVED' THEN
        at_class := array_position(ids, p_line_classes[line]);
        quantity := p_line_quantities[line];
        IF at_class IS NULL OR of_event[at_class] <> p_events[i] OR hidden[at_class] <> p_rehearsals[i] THEN
          v := 'UNKNOWN_CLASS';
        ELSIF over[at_class] THEN
          v := 'EVENT_CANCELLED';
        ELSIF price <> currency_[at_class] THEN
          v := 'CURRENCY_MISMATCH';
        ELSIF quantity > per_order[at_class]
           OR (per_user[at_class] > 0 AND quantity + owned[slots[line]] > per_user[at_class]) THEN
          v := 'LIMIT_EXCEEDED';
        ELSIF quantity > available[at_class] THEN
          v := 'SOLD_OUT';
        END IF;
        IF v <> 'RESERVED' THEN
          about := p_line_classes[line];
        END IF;
        price := currency_[at_class];
      END IF;
      line := line + 1;
    END LOOP;

    IF v = 'RESERVED' THEN
      granted := granted + 1;
      FOR j IN first .. line - 1 LOOP
        at_class := array_position(ids, p_line_classes[j]);
        available[at_class] := available[at_class] - p_line_quantities[j];
        IF slots IS NOT NULL THEN
          owned[slots[j]] := owned[slots[j]] + p_line_quantities[j];
        END IF;
      END LOOP;
    END IF;
    verdict[i] := v;
    subject[i] := about;
  END LOOP;

  IF granted > 0 THEN
    -- Whoever loses the key here (a release that came in between left a tombstone) gets no stock and must ask again: BUSY.
    WITH got AS (
      INSERT INTO reservations AS r (order_id, event_id, user_id, state, rehearsal, expire_time, create_time, update_time)
      SELECT w.order_id, w.event_id, w.user_id, 'HELD', w.rehearsal, w.expire_time, at_time, at_time
      FROM unnest(p_orders, p_events, p_users, p_rehearsals, p_expire_times, verdict)
        AS w(order_id, event_id, user_id, rehearsal, expire_time, verdict)
      WHERE w.verdict = 'RESERVED'
      ON CONFLICT (order_id) DO UPDATE SET state = 'HELD', expire_time = excluded.expire_time, update_time = at_time
      WHERE r.state = 'EXPIRED'
      RETURNING r.order_id
    )
    SELECT array_agg(g.order_id) INTO taken FROM got g;
    IF coalesce(cardinality(taken), 0) < granted THEN
      SELECT array_agg(CASE WHEN o.verdict = 'RESERVED' AND NOT o.order_id = ANY (coalesce(taken, '{}')) THEN 'BUSY' ELSE o.verdict END ORDER BY o.i)
      INTO verdict
      FROM unnest(p_orders, verdict) WITH ORDINALITY AS o(order_id, verdict, i);
    END IF;

    -- A hold taken anew has its lines already; their price stays.
    INSERT INTO reservation_lines (order_id, ticket_class_id, quantity, unit_price_minor, currency)
    SELECT p_orders[l.of], c.id, l.quantity, c.price_minor, c.currency
    FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS l(of, class, quantity)
    JOIN ticket_classes c ON c.id = l.class
    WHERE verdict[l.of] = 'RESERVED'
    ON CONFLICT DO NOTHING;

    UPDATE ticket_classes c SET reserved = c.reserved + g.quantity, update_time = at_time
    FROM (SELECT l.class, sum(l.quantity)::integer AS quantity
          FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS l(of, class, quantity)
          WHERE verdict[l.of] = 'RESERVED' GROUP BY l.class) g
    WHERE c.id = g.class;

    -- What outbox_add would write, for all of them at once.
    INSERT INTO outbox (id, topic, key, type, value, shard)
    SELECT m.id, 'inventory.reserved', m.key, 'inventory.reserved',
           json_build_object('id', m.id, 'type', 'inventory.reserved', 'time', rfc3339(at_time), 'key', m.key, 'data', json_build_object(
             'orderId', m.key, 'eventId', m.event_id, 'lines', m.lines, 'expireTime', rfc3339(m.expire_time)))::text,
           outbox_shard(m.key)
    FROM (
      SELECT 'inventory.reserved:' || o.order_id || ':' || extract(epoch FROM o.expire_time) AS id, o.order_id::text AS key,
             o.event_id, o.expire_time, l.lines
      FROM unnest(p_orders, p_events, p_expire_times, p_rehearsals, verdict) WITH ORDINALITY
        AS o(order_id, event_id, expire_time, rehearsal, verdict, i)
      JOIN (SELECT w.of, json_agg(json_build_object('ticketClassId', w.class, 'quantity', w.quantity)) AS lines
            FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS w(of, class, quantity) GROUP BY w.of) l ON l.of = o.i
      WHERE o.verdict = 'RESERVED' AND NOT o.rehearsal) m
    ON CONFLICT (id) DO NOTHING;
  END IF;

  verdicts := CASE WHEN 'HELD_BEFORE' = ANY (verdict) THEN array_replace(verdict, 'HELD_BEFORE', 'RESERVED') ELSE verdict END;
  subjects := subject;
  known := prior;
  lock_ms := extract(epoch FROM at_time - began) * 1000;
  RETURN NEXT;
END
$$;

-- Down Migration
CREATE OR REPLACE FUNCTION inventory_reserve(
  p_orders uuid[], p_events uuid[], p_users text[], p_rehearsals boolean[], p_expire_times timestamptz[],
  p_line_of integer[], p_line_classes uuid[], p_line_quantities integer[])
RETURNS TABLE (verdicts text[], subjects uuid[], known jsonb, classes jsonb, lock_ms double precision)
LANGUAGE plpgsql SET lock_timeout = '3s' SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  began     timestamptz := clock_timestamp();
  at_time   timestamptz;
  ids       uuid[];
  available integer[];
  of_event  uuid[];
  hidden    boolean[];
  per_order integer[];
  per_user  integer[];
  currency_ text[];
  slots     integer[];  -- by line: lines of the same account and class have the same slot
  owned     integer[];  -- by slot: what the account holds or owns of the class, this batch included
  prior     jsonb;
  was       jsonb;
  verdict   text[] := array_fill(NULL::text, ARRAY[cardinality(p_orders)]);
  subject   uuid[] := array_fill(NULL::uuid, ARRAY[cardinality(p_orders)]);
  v         text;
  about     uuid;
  price     text;
  line      integer := 1;
  first     integer;
  at_class  integer;
  quantity  integer;
  granted   integer := 0;
  taken     uuid[];
BEGIN
  -- An expired hold over several classes can only be given back under the locks of all of them.
  SELECT array_agg(id ORDER BY id) INTO ids FROM (
    SELECT unnest(p_line_classes) AS id
    UNION
    SELECT other.ticket_class_id
    FROM reservations r
    JOIN reservation_lines mine ON mine.order_id = r.order_id AND mine.ticket_class_id = ANY (p_line_classes)
    JOIN reservation_lines other ON other.order_id = r.order_id
    WHERE r.state = 'HELD' AND r.expire_time <= began) u;

  PERFORM FROM ticket_classes WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
  at_time := clock_timestamp();
  PERFORM inventory_expire(ids, at_time);

  SELECT array_agg(c.id), array_agg(c.total - c.reserved - c.sold), array_agg(c.event_id), array_agg(c.rehearsal),
         array_agg(c.max_per_order), array_agg(c.max_per_account), array_agg(c.currency),
         jsonb_object_agg(c.id, jsonb_build_object('name', c.name, 'priceMinor', c.price_minor::text, 'currency', c.currency))
  INTO ids, available, of_event, hidden, per_order, per_user, currency_, classes
  FROM (SELECT * FROM ticket_classes WHERE id = ANY (ids) ORDER BY id) c;

  SELECT jsonb_object_agg(r.order_id, jsonb_build_object(
           'state', CASE WHEN r.state = 'HELD' AND r.expire_time <= at_time THEN 'EXPIRED' ELSE r.state END,
           'expireTime', rfc3339(r.expire_time),
           'lines', (SELECT jsonb_object_agg(l.ticket_class_id, jsonb_build_object(
                       'quantity', l.quantity, 'priceMinor', l.unit_price_minor::text, 'currency', l.currency))
                     FROM reservation_lines l WHERE l.order_id = r.order_id)))
  INTO prior
  FROM reservations r WHERE r.order_id = ANY (p_orders);

  IF EXISTS (SELECT FROM unnest(per_user) AS most WHERE most > 0) THEN
    SELECT array_agg(w.slot ORDER BY w.line) INTO slots
    FROM (SELECT l.line, dense_rank() OVER (ORDER BY p_users[l.of], p_events[l.of], l.class)::integer AS slot
          FROM unnest(p_line_of, p_line_classes) WITH ORDINALITY AS l(of, class, line)) w;
    SELECT array_agg(held.quantity ORDER BY s.slot) INTO owned
    FROM (SELECT DISTINCT ON (l.slot) l.slot, p_users[l.of] AS user_id, p_events[l.of] AS event_id, l.class
          FROM unnest(slots, p_line_of, p_line_classes) AS l(slot, of, class)) s
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(rl.quantity), 0)::integer AS quantity
      FROM reservations r JOIN reservation_lines rl ON rl.order_id = r.order_id AND rl.ticket_class_id = s.class
      WHERE r.event_id = s.event_id AND r.user_id = s.user_id AND r.state IN ('HELD', 'CONFIRMED')) held;
  END IF;

  FOR i IN 1 .. cardinality(p_orders) LOOP
    v := CASE WHEN p_expire_times[i] <= at_time THEN 'HOLD_EXPIRED' ELSE 'RESERVED' END;
    IF prior IS NOT NULL THEN
      was := prior -> p_orders[i]::text;
      IF was IS NOT NULL THEN
        v := CASE
          WHEN was ->> 'state' IN ('RELEASED', 'RETURNED') THEN was ->> 'state'
          WHEN NOT inventory_same_lines(was -> 'lines', i, p_line_of, p_line_classes, p_line_quantities) THEN 'KEY_REUSED'
          WHEN was ->> 'state' = 'HELD' THEN 'HELD_BEFORE'
          WHEN was ->> 'state' = 'CONFIRMED' THEN 'CONFIRMED'
          ELSE v -- a hold that ended may be taken anew: money that came late asks for it
        END;
      END IF;
    END IF;

    first := line;
    price := NULL;
    about := NULL;
    WHILE p_line_of[line] = i LOOP
      IF v = 'RESERVED' THEN
        at_class := array_position(ids, p_line_classes[line]);
        quantity := p_line_quantities[line];
        IF at_class IS NULL OR of_event[at_class] <> p_events[i] OR hidden[at_class] <> p_rehearsals[i] THEN
          v := 'UNKNOWN_CLASS';
        ELSIF price <> currency_[at_class] THEN
          v := 'CURRENCY_MISMATCH';
        ELSIF quantity > per_order[at_class]
           OR (per_user[at_class] > 0 AND quantity + owned[slots[line]] > per_user[at_class]) THEN
          v := 'LIMIT_EXCEEDED';
        ELSIF quantity > available[at_class] THEN
          v := 'SOLD_OUT';
        END IF;
        IF v <> 'RESERVED' THEN
          about := p_line_classes[line];
        END IF;
        price := currency_[at_class];
      END IF;
      line := line + 1;
    END LOOP;

    IF v = 'RESERVED' THEN
      granted := granted + 1;
      FOR j IN first .. line - 1 LOOP
        at_class := array_position(ids, p_line_classes[j]);
        available[at_class] := available[at_class] - p_line_quantities[j];
        IF slots IS NOT NULL THEN
          owned[slots[j]] := owned[slots[j]] + p_line_quantities[j];
        END IF;
      END LOOP;
    END IF;
    verdict[i] := v;
    subject[i] := about;
  END LOOP;

  IF granted > 0 THEN
    -- Whoever loses the key here (a release that came in between left a tombstone) gets no stock and must ask again: BUSY.
    WITH got AS (
      INSERT INTO reservations AS r (order_id, event_id, user_id, state, rehearsal, expire_time, create_time, update_time)
      SELECT w.order_id, w.event_id, w.user_id, 'HELD', w.rehearsal, w.expire_time, at_time, at_time
      FROM unnest(p_orders, p_events, p_users, p_rehearsals, p_expire_times, verdict)
        AS w(order_id, event_id, user_id, rehearsal, expire_time, verdict)
      WHERE w.verdict = 'RESERVED'
      ON CONFLICT (order_id) DO UPDATE SET state = 'HELD', expire_time = excluded.expire_time, update_time = at_time
      WHERE r.state = 'EXPIRED'
      RETURNING r.order_id
    )
    SELECT array_agg(g.order_id) INTO taken FROM got g;
    IF coalesce(cardinality(taken), 0) < granted THEN
      SELECT array_agg(CASE WHEN o.verdict = 'RESERVED' AND NOT o.order_id = ANY (coalesce(taken, '{}')) THEN 'BUSY' ELSE o.verdict END ORDER BY o.i)
      INTO verdict
      FROM unnest(p_orders, verdict) WITH ORDINALITY AS o(order_id, verdict, i);
    END IF;

    -- A hold taken anew has its lines already; their price stays.
    INSERT INTO reservation_lines (order_id, ticket_class_id, quantity, unit_price_minor, currency)
    SELECT p_orders[l.of], c.id, l.quantity, c.price_minor, c.currency
    FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS l(of, class, quantity)
    JOIN ticket_classes c ON c.id = l.class
    WHERE verdict[l.of] = 'RESERVED'
    ON CONFLICT DO NOTHING;

    UPDATE ticket_classes c SET reserved = c.reserved + g.quantity, update_time = at_time
    FROM (SELECT l.class, sum(l.quantity)::integer AS quantity
          FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS l(of, class, quantity)
          WHERE verdict[l.of] = 'RESERVED' GROUP BY l.class) g
    WHERE c.id = g.class;

    -- What outbox_add would write, for all of them at once.
    INSERT INTO outbox (id, topic, key, type, value, shard)
    SELECT m.id, 'inventory.reserved', m.key, 'inventory.reserved',
           json_build_object('id', m.id, 'type', 'inventory.reserved', 'time', rfc3339(at_time), 'key', m.key, 'data', json_build_object(
             'orderId', m.key, 'eventId', m.event_id, 'lines', m.lines, 'expireTime', rfc3339(m.expire_time)))::text,
           outbox_shard(m.key)
    FROM (
      SELECT 'inventory.reserved:' || o.order_id || ':' || extract(epoch FROM o.expire_time) AS id, o.order_id::text AS key,
             o.event_id, o.expire_time, l.lines
      FROM unnest(p_orders, p_events, p_expire_times, p_rehearsals, verdict) WITH ORDINALITY
        AS o(order_id, event_id, expire_time, rehearsal, verdict, i)
      JOIN (SELECT w.of, json_agg(json_build_object('ticketClassId', w.class, 'quantity', w.quantity)) AS lines
            FROM unnest(p_line_of, p_line_classes, p_line_quantities) AS w(of, class, quantity) GROUP BY w.of) l ON l.of = o.i
      WHERE o.verdict = 'RESERVED' AND NOT o.rehearsal) m
    ON CONFLICT (id) DO NOTHING;
  END IF;

  verdicts := CASE WHEN 'HELD_BEFORE' = ANY (verdict) THEN array_replace(verdict, 'HELD_BEFORE', 'RESERVED') ELSE verdict END;
  subjects := subject;
  known := prior;
  lock_ms := extract(epoch FROM at_time - began) * 1000;
  RETURN NEXT;
END
$$;
DROP INDEX reservations_live_by_event;
DROP TRIGGER cancelled_holds_nothing ON ticket_classes;
DROP FUNCTION cancelled_holds_nothing;
ALTER TABLE ticket_classes DROP COLUMN cancelled;
DROP TABLE cancelled_events;
