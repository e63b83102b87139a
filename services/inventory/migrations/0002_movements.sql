-- Up Migration
-- The movements of stock. Each function is one round trip and takes a whole batch, so that the lock of a hot class is held
-- for one statement and one commit, however many buyers stand behind it.

-- Gives back every hold that ended by p_at and lies wholly in the classes p_class_ids, which the caller has locked.
CREATE FUNCTION inventory_expire(p_class_ids uuid[], p_at timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  due uuid[];
BEGIN
  SELECT array_agg(order_id) INTO due FROM (
    SELECT r.order_id FROM reservations r
    WHERE r.state = 'HELD' AND r.expire_time <= p_at
      AND EXISTS (SELECT FROM reservation_lines l WHERE l.order_id = r.order_id AND l.ticket_class_id = ANY (p_class_ids))
      AND NOT EXISTS (SELECT FROM reservation_lines l WHERE l.order_id = r.order_id AND NOT l.ticket_class_id = ANY (p_class_ids))
    ORDER BY r.expire_time LIMIT 1000) d;
  IF due IS NULL THEN
    RETURN 0;
  END IF;
  UPDATE reservations SET state = 'EXPIRED', update_time = p_at WHERE order_id = ANY (due);
  UPDATE ticket_classes c SET reserved = c.reserved - g.quantity, update_time = p_at
  FROM (SELECT ticket_class_id, sum(quantity)::integer AS quantity FROM reservation_lines
        WHERE order_id = ANY (due) GROUP BY ticket_class_id) g
  WHERE c.id = g.ticket_class_id;
  RETURN cardinality(due);
END
$$;

-- Holds stock for a batch of orders, in the order given.
-- p_requests: [{"orderId", "eventId", "userId", "rehearsal", "expireTime", "lines": {"<class id>": quantity}}], order ids
-- unique in the batch. One row per request:
--   RESERVED       held now (or before, with the same lines); lines: [{id, name, quantity, priceMinor, currency}]
--   SOLD_OUT, LIMIT_EXCEEDED, UNKNOWN_CLASS, CURRENCY_MISMATCH: refused, nothing was stored; `subject` is the class
--   CONFIRMED      this order was sold before; lines as above
--   RELEASED, RETURNED  this order id was given up for good
--   HOLD_EXPIRED   the request's expireTime is past: a new hold would have ended before it began
--   KEY_REUSED     this order id was used with other lines
--   BUSY           another call for this order id came in between; ask again
CREATE FUNCTION inventory_reserve(p_requests jsonb)
RETURNS TABLE (order_id uuid, verdict text, subject text, lines jsonb, expire_time timestamptz)
LANGUAGE plpgsql SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
  at_time   timestamptz;
  ids       uuid[];
  classes   ticket_classes[];
  class     ticket_classes;
  available integer[];
  account   jsonb;
  prior     jsonb;
  was       jsonb;
  request   jsonb;
  line      record;
  position  integer;
  v         text;
  about     text;
  price     text;
  held      bigint;
  orders    uuid[] := '{}';
  verdicts  text[] := '{}';
  subjects  text[] := '{}';
  granted   jsonb := '[]';
  taken     uuid[];
BEGIN
  SELECT array_agg(DISTINCT key::uuid) INTO ids
  FROM jsonb_array_elements(p_requests) r, jsonb_each(r -> 'lines');
  -- An expired hold over several classes can only be given back under the locks of all of them.
  SELECT array_agg(id) INTO ids FROM (
    SELECT unnest(ids) AS id
    UNION
    SELECT other.ticket_class_id
    FROM reservations r
    JOIN reservation_lines mine ON mine.order_id = r.order_id AND mine.ticket_class_id = ANY (ids)
    JOIN reservation_lines other ON other.order_id = r.order_id
    WHERE r.state = 'HELD' AND r.expire_time <= clock_timestamp()) u;

  PERFORM FROM ticket_classes WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
  at_time := clock_timestamp();
  PERFORM inventory_expire(ids, at_time);

  SELECT array_agg(c.id ORDER BY c.id), array_agg(c ORDER BY c.id), array_agg(c.total - c.reserved - c.sold ORDER BY c.id)
  INTO ids, classes, available
  FROM ticket_classes c WHERE c.id = ANY (ids);

  SELECT coalesce(jsonb_object_agg(r.order_id, jsonb_build_object(
           'state', CASE WHEN r.state = 'HELD' AND r.expire_time <= at_time THEN 'EXPIRED' ELSE r.state END,
           'lines', (SELECT jsonb_object_agg(l.ticket_class_id, l.quantity) FROM reservation_lines l WHERE l.order_id = r.order_id))), '{}')
  INTO prior
  FROM reservations r
  WHERE r.order_id IN (SELECT (e ->> 'orderId')::uuid FROM jsonb_array_elements(p_requests) e);

  -- What the accounts of this batch hold or own already, of classes that limit it.
  SELECT coalesce(jsonb_object_agg(user_id || '/' || ticket_class_id, quantity), '{}') INTO account
  FROM (SELECT r.user_id, l.ticket_class_id, sum(l.quantity) AS quantity
        FROM reservations r
        JOIN reservation_lines l ON l.order_id = r.order_id
        JOIN ticket_classes c ON c.id = l.ticket_class_id AND c.max_per_account > 0
        WHERE l.ticket_class_id = ANY (ids) AND r.state IN ('HELD', 'CONFIRMED')
          AND (r.event_id, r.user_id) IN (SELECT (e ->> 'eventId')::uuid, e ->> 'userId' FROM jsonb_array_elements(p_requests) e)
        GROUP BY 1, 2) a;

  FOR request IN SELECT * FROM jsonb_array_elements(p_requests) LOOP
    v := CASE WHEN (request ->> 'expireTime')::timestamptz <= at_time THEN 'HOLD_EXPIRED' ELSE 'RESERVED' END;
    about := '';
    price := NULL;
    was := prior -> (request ->> 'orderId');
    IF was IS NOT NULL THEN
      v := CASE
        WHEN was ->> 'state' IN ('RELEASED', 'RETURNED') THEN was ->> 'state'
        WHEN was -> 'lines' <> request -> 'lines' THEN 'KEY_REUSED'
        WHEN was ->> 'state' = 'HELD' THEN 'HELD_BEFORE'
        WHEN was ->> 'state' = 'CONFIRMED' THEN 'CONFIRMED'
        ELSE v -- a hold that ended may be taken anew: money that came late asks for it
      END;
    END IF;

    IF v = 'RESERVED' THEN
      FOR line IN SELECT key::uuid AS id, value::integer AS quantity FROM jsonb_each_text(request -> 'lines') ORDER BY 1 LOOP
        position := array_position(ids, line.id);
        class := classes[position];
        about := line.id::text;
        IF position IS NULL OR class.event_id <> (request ->> 'eventId')::uuid
           OR class.rehearsal <> (request ->> 'rehearsal')::boolean THEN
          v := 'UNKNOWN_CLASS';
        ELSIF price IS NOT NULL AND price <> class.currency THEN
          v := 'CURRENCY_MISMATCH';
        ELSIF line.quantity > class.max_per_order THEN
          v := 'LIMIT_EXCEEDED';
        ELSIF class.max_per_account > 0 AND line.quantity
              + coalesce((account ->> ((request ->> 'userId') || '/' || line.id))::integer, 0) > class.max_per_account THEN
          v := 'LIMIT_EXCEEDED';
        ELSIF line.quantity > available[position] THEN
          v := 'SOLD_OUT';
        END IF;
        EXIT WHEN v <> 'RESERVED';
        price := class.currency;
      END LOOP;
    END IF;

    IF v = 'RESERVED' THEN
      about := '';
      FOR line IN SELECT key::uuid AS id, value::integer AS quantity FROM jsonb_each_text(request -> 'lines') LOOP
        position := array_position(ids, line.id);
        available[position] := available[position] - line.quantity;
        IF (classes[position]).max_per_account > 0 THEN
          held := line.quantity + coalesce((account ->> ((request ->> 'userId') || '/' || line.id))::integer, 0);
          account := account || jsonb_build_object((request ->> 'userId') || '/' || line.id, held);
        END IF;
      END LOOP;
      granted := granted || jsonb_build_array(request);
    END IF;
    orders := orders || (request ->> 'orderId')::uuid;
    verdicts := verdicts || v;
    subjects := subjects || about;
  END LOOP;

  IF jsonb_array_length(granted) > 0 THEN
    -- Whoever loses the key here (a release that came in between left a tombstone) gets no stock and must ask again: BUSY.
    WITH wanted AS (
      SELECT (e ->> 'orderId')::uuid AS order_id, (e ->> 'eventId')::uuid AS event_id, e ->> 'userId' AS user_id,
             (e ->> 'rehearsal')::boolean AS rehearsal, (e ->> 'expireTime')::timestamptz AS expire_time
      FROM jsonb_array_elements(granted) e
    ), got AS (
      INSERT INTO reservations AS r (order_id, event_id, user_id, state, rehearsal, expire_time, create_time, update_time)
      SELECT w.order_id, w.event_id, w.user_id, 'HELD', w.rehearsal, w.expire_time, at_time, at_time FROM wanted w
      ON CONFLICT (order_id) DO UPDATE SET state = 'HELD', expire_time = excluded.expire_time, update_time = at_time
      WHERE r.state = 'EXPIRED'
      RETURNING r.order_id
    )
    SELECT array_agg(g.order_id) INTO taken FROM got g;

    INSERT INTO reservation_lines (order_id, ticket_class_id, quantity, unit_price_minor, currency)
    SELECT (e ->> 'orderId')::uuid, c.id, l.value::integer, c.price_minor, c.currency
    FROM jsonb_array_elements(granted) e, jsonb_each_text(e -> 'lines') l, ticket_classes c
    WHERE (e ->> 'orderId')::uuid = ANY (taken) AND c.id = l.key::uuid
    ON CONFLICT DO NOTHING;

    UPDATE ticket_classes c SET reserved = c.reserved + g.quantity, update_time = at_time
    FROM (SELECT l.ticket_class_id, sum(l.quantity)::integer AS quantity FROM reservation_lines l
          WHERE l.order_id = ANY (taken) GROUP BY l.ticket_class_id) g
    WHERE c.id = g.ticket_class_id;

    PERFORM outbox_add('inventory.reserved:' || r.order_id || ':' || extract(epoch FROM r.expire_time), 'inventory.reserved',
      r.order_id::text, jsonb_build_object(
        'orderId', r.order_id, 'eventId', r.event_id,
        'lines', (SELECT jsonb_agg(jsonb_build_object('ticketClassId', l.ticket_class_id, 'quantity', l.quantity))
                  FROM reservation_lines l WHERE l.order_id = r.order_id),
        'expireTime', rfc3339(r.expire_time)))
    FROM reservations r WHERE r.order_id = ANY (taken) AND NOT r.rehearsal;
  END IF;

  RETURN QUERY
  SELECT u.order_id,
         CASE WHEN u.verdict = 'HELD_BEFORE' THEN 'RESERVED'
              WHEN u.verdict = 'RESERVED' AND NOT u.order_id = ANY (coalesce(taken, '{}')) THEN 'BUSY'
              ELSE u.verdict END,
         u.subject,
         (SELECT jsonb_agg(jsonb_build_object('id', l.ticket_class_id, 'name', c.name, 'quantity', l.quantity,
                                              'priceMinor', l.unit_price_minor::text, 'currency', l.currency) ORDER BY c.name)
          FROM reservation_lines l JOIN ticket_classes c ON c.id = l.ticket_class_id
          WHERE l.order_id = u.order_id AND u.verdict IN ('RESERVED', 'HELD_BEFORE', 'CONFIRMED')),
         r.expire_time
  FROM unnest(orders, verdicts, subjects) AS u(order_id, verdict, subject)
  LEFT JOIN reservations r ON r.order_id = u.order_id;
END
$$;

-- Confirms, releases or returns a batch of orders.
-- p_requests: [{"orderId", "action": "confirm" | "release" | "return"}], order ids unique in the batch. One row per request
-- with the state the order was in before and is in after:
--   confirm  HELD to CONFIRMED; a hold past its time becomes EXPIRED instead
--   release  HELD or EXPIRED to RELEASED; an unknown order leaves a tombstone, so that a late reserve cannot take stock
--   return   CONFIRMED to RETURNED
-- Anything else changes nothing. `after` NULL: unknown. `after` = 'BUSY': a reserve came in between, ask again.
CREATE FUNCTION inventory_settle(p_requests jsonb)
RETURNS TABLE (order_id uuid, before text, after text)
LANGUAGE plpgsql SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
  at_time timestamptz;
  wanted  uuid[];
  ids     uuid[];
BEGIN
  SELECT array_agg((e ->> 'orderId')::uuid) INTO wanted FROM jsonb_array_elements(p_requests) e;
  SELECT array_agg(DISTINCT l.ticket_class_id) INTO ids FROM reservation_lines l WHERE l.order_id = ANY (wanted);
  PERFORM FROM ticket_classes c WHERE c.id = ANY (ids) ORDER BY c.id FOR UPDATE;
  PERFORM FROM reservations r WHERE r.order_id = ANY (wanted) ORDER BY r.order_id FOR UPDATE;
  at_time := clock_timestamp();

  RETURN QUERY
  WITH asked AS (
    SELECT (e ->> 'orderId')::uuid AS order_id, e ->> 'action' AS action FROM jsonb_array_elements(p_requests) e
  ), planned AS (
    SELECT a.order_id, r.state AS was,
           EXISTS (SELECT FROM reservation_lines l WHERE l.order_id = a.order_id AND NOT l.ticket_class_id = ANY (coalesce(ids, '{}'))) AS unlocked,
           CASE
             WHEN a.action = 'confirm' AND r.state = 'HELD' THEN CASE WHEN r.expire_time > at_time THEN 'CONFIRMED' ELSE 'EXPIRED' END
             WHEN a.action = 'release' AND (r.order_id IS NULL OR r.state IN ('HELD', 'EXPIRED')) THEN 'RELEASED'
             WHEN a.action = 'return' AND r.state = 'CONFIRMED' THEN 'RETURNED'
             ELSE r.state
           END AS becomes
    FROM asked a LEFT JOIN reservations r ON r.order_id = a.order_id
  ), moved AS (
    UPDATE reservations r SET state = p.becomes, update_time = at_time
    FROM planned p
    WHERE r.order_id = p.order_id AND p.was IS NOT NULL AND p.becomes <> p.was AND NOT p.unlocked
    RETURNING r.order_id
  ), buried AS (
    INSERT INTO reservations (order_id, state)
    SELECT p.order_id, 'RELEASED' FROM planned p WHERE p.was IS NULL AND p.becomes = 'RELEASED'
    ON CONFLICT DO NOTHING
    RETURNING reservations.order_id
  ), delta AS (
    SELECT l.ticket_class_id,
           sum(CASE WHEN p.was = 'HELD' THEN -l.quantity ELSE 0 END)::integer AS reserved,
           sum(CASE WHEN p.becomes = 'CONFIRMED' THEN l.quantity WHEN p.was = 'CONFIRMED' THEN -l.quantity ELSE 0 END)::integer AS sold
    FROM moved m JOIN planned p ON p.order_id = m.order_id JOIN reservation_lines l ON l.order_id = m.order_id
    GROUP BY l.ticket_class_id
  ), counted AS (
    UPDATE ticket_classes c SET reserved = c.reserved + d.reserved, sold = c.sold + d.sold, update_time = at_time
    FROM delta d WHERE c.id = d.ticket_class_id AND (d.reserved <> 0 OR d.sold <> 0)
    RETURNING c.id
  )
  SELECT p.order_id, p.was,
         CASE WHEN p.unlocked OR (p.was IS NULL AND p.becomes = 'RELEASED' AND p.order_id NOT IN (SELECT b.order_id FROM buried b))
              THEN 'BUSY' ELSE p.becomes END
  FROM planned p;
END
$$;

-- Frees holds of classes that nobody asks for. Skips classes that are in use: their own traffic frees their holds.
CREATE FUNCTION inventory_sweep(p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  ids uuid[];
BEGIN
  SELECT array_agg(c.id) INTO ids FROM (
    SELECT k.id FROM ticket_classes k
    WHERE k.id IN (
      SELECT l.ticket_class_id FROM reservation_lines l
      WHERE l.order_id IN (SELECT r.order_id FROM reservations r
                           WHERE r.state = 'HELD' AND r.expire_time <= clock_timestamp() ORDER BY r.expire_time LIMIT p_limit))
    ORDER BY k.id FOR UPDATE SKIP LOCKED) c;
  IF ids IS NULL THEN
    RETURN 0;
  END IF;
  RETURN inventory_expire(ids, clock_timestamp());
END
$$;
