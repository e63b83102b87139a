-- Up Migration
-- A payment remembers the trace of the purchase: the provider's callback comes without one, and belongs to it all the same.
ALTER TABLE payments ADD COLUMN traceparent text;

-- As before, with the payment's trace in the envelope (the distributed tracing extension of CloudEvents).
CREATE OR REPLACE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO outbox (id, topic, key, type, value, shard)
  VALUES (p_id, p_topic, p_key, p_topic,
          (jsonb_build_object('id', p_id, 'type', p_topic, 'time', rfc3339(clock_timestamp()), 'key', p_key, 'data', p_data)
           || coalesce((SELECT jsonb_build_object('traceparent', p.traceparent) FROM payments p
                        WHERE p.order_id = p_key::uuid AND p.traceparent IS NOT NULL), '{}'))::text,
          get_byte(sha256(convert_to(p_key, 'UTF8')), 1) & 15)
  ON CONFLICT (id) DO NOTHING
$$;

-- Down Migration
CREATE OR REPLACE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO outbox (id, topic, key, type, value, shard)
  VALUES (p_id, p_topic, p_key, p_topic,
          jsonb_build_object('id', p_id, 'type', p_topic, 'time', rfc3339(clock_timestamp()), 'key', p_key, 'data', p_data)::text,
          get_byte(sha256(convert_to(p_key, 'UTF8')), 1) & 15)
  ON CONFLICT (id) DO NOTHING
$$;
ALTER TABLE payments DROP COLUMN traceparent;
