-- Up Migration
-- Payments, their links at the providers, the money that arrived, the money given back, and the outbox.
-- Money only ever enters through payment_apply_event (0002): the service, its jobs and the webhook function share it.

CREATE TABLE payments (
  id              uuid PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  order_id        uuid NOT NULL UNIQUE,
  event_id        uuid NOT NULL,
  provider        text NOT NULL CHECK (provider IN ('zalopay', 'payos', 'rehearsal')),
  -- Reference of the newest link at the provider; every reference ever used stands in payment_links.
  provider_ref    text,
  payment_url     text,
  description     text NOT NULL DEFAULT '',
  return_url      text NOT NULL DEFAULT '',
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  state           text NOT NULL DEFAULT 'PENDING'
                  CHECK (state IN ('PENDING', 'CAPTURED', 'FAILED', 'CANCELLED', 'REFUNDING', 'REFUNDED')),
  failure_reason  text,
  captured_minor  bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
  refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  expire_time     timestamptz NOT NULL,
  create_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  capture_time    timestamptz,
  refund_time     timestamptz,
  -- Reconciliation: when to ask the provider next, and how often we did.
  check_time      timestamptz,
  check_count     integer NOT NULL DEFAULT 0,
  CONSTRAINT captured_pays_the_price CHECK (state NOT IN ('CAPTURED', 'REFUNDING', 'REFUNDED') OR captured_minor >= amount_minor),
  CONSTRAINT never_refund_more_than_came CHECK (refunded_minor <= captured_minor)
);

CREATE INDEX payments_by_event ON payments (event_id, id);
CREATE INDEX payments_to_check ON payments (check_time) WHERE check_time IS NOT NULL;

-- One row per attempt to make a link. A reference is written here before the provider is called, so that a callback
-- always finds its payment; an attempt whose answer was lost keeps its row, because somebody may still pay it.
CREATE TABLE payment_links (
  provider     text NOT NULL,
  provider_ref text NOT NULL,
  payment_id   uuid NOT NULL REFERENCES payments (id),
  -- The caller of the provider holds the attempt until then; another may take over afterwards.
  claim_until  timestamptz NOT NULL,
  -- What the provider calls the link (PayOS paymentLinkId), when it has one.
  provider_id  text,
  create_time  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (provider, provider_ref)
);

CREATE INDEX payment_links_by_payment ON payment_links (payment_id);

-- PayOS wants a number. A sequence cannot collide; a hash can.
CREATE SEQUENCE payos_order_code START WITH 100001;

-- Everything a provider told us, once: the unique key is what makes a replayed webhook harmless. It holds the reference too:
-- a transaction id that comes for another link is other money, and money must never be taken for a repetition.
CREATE TABLE transactions (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider        text NOT NULL,
  provider_txn_id text NOT NULL,
  provider_ref    text NOT NULL,
  payment_id      uuid REFERENCES payments (id),
  kind            text NOT NULL CHECK (kind IN ('captured', 'failed', 'cancelled')),
  amount_minor    bigint NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
  currency        text NOT NULL,
  -- Whether the amount is in payments.captured_minor (false: unknown payment or foreign currency).
  counted         boolean NOT NULL DEFAULT false,
  verdict         text NOT NULL,
  source          text NOT NULL,
  raw             text NOT NULL DEFAULT '',
  create_time     timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (provider, provider_ref, provider_txn_id)
);

CREATE INDEX transactions_by_payment ON transactions (payment_id);

-- Money to give back. A refund belongs to one transaction, because that is what providers can undo.
CREATE TABLE refunds (
  id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  payment_id         uuid NOT NULL REFERENCES payments (id),
  transaction_id     uuid NOT NULL REFERENCES transactions (id),
  amount_minor       bigint NOT NULL CHECK (amount_minor > 0),
  reason             text NOT NULL,
  state              text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DONE')),
  -- The provider's idempotency key (ZaloPay m_refund_id, PayOS payout referenceId), fixed before the first call.
  provider_refund_id text UNIQUE,
  attempts           integer NOT NULL DEFAULT 0,
  next_attempt_time  timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_error         text,
  create_time        timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_time          timestamptz
);

CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE INDEX refunds_pending ON refunds (next_attempt_time) WHERE state = 'PENDING';

-- Messages for Kafka, written in the transaction that they tell about; runtime/outbox.ts has the contract of the table.
CREATE TABLE outbox (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             text        NOT NULL UNIQUE,
  topic          text        NOT NULL,
  key            text        NOT NULL,
  type           text        NOT NULL,
  value          text        NOT NULL,
  shard          smallint    NOT NULL CHECK (shard >= 0 AND shard < 16),
  created_time   timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_time timestamptz
);
CREATE INDEX outbox_waiting ON outbox (shard, seq) WHERE published_time IS NULL;
CREATE INDEX outbox_published ON outbox (published_time) WHERE published_time IS NOT NULL;

CREATE FUNCTION rfc3339(p_time timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT to_char(p_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The only writer of this database's outbox. The shard only has to be the same for the same key here; Postgres has no sha1
-- of its own, so it is not the shard that runtime/outbox.ts would choose.
CREATE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO outbox (id, topic, key, type, value, shard)
  VALUES (p_id, p_topic, p_key, p_topic,
          jsonb_build_object('id', p_id, 'type', p_topic, 'time', rfc3339(clock_timestamp()), 'key', p_key, 'data', p_data)::text,
          get_byte(sha256(convert_to(p_key, 'UTF8')), 1) & 15)
  ON CONFLICT (id) DO NOTHING
$$;
