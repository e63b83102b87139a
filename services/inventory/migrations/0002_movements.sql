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
