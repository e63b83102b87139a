-- Up Migration
-- Events, where they take place, and what is sold. Times are instants; the zone is for display only.

CREATE TABLE venues (
  id          uuid PRIMARY KEY,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
  address     text NOT NULL DEFAULT '',
  city        text NOT NULL DEFAULT '',
  country     text NOT NULL DEFAULT '' CHECK (country ~ '^([A-Z]{2})?$'),
  create_time timestamptz NOT NULL DEFAULT now(),
  UNIQUE (name, address, city, country)
);

CREATE TABLE events (
  id             uuid PRIMARY KEY,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
  description    text NOT NULL DEFAULT '',
  venue_id       uuid REFERENCES venues (id),
  start_time     timestamptz,
  pre_queue_time timestamptz,
  open_time      timestamptz,
  close_time     timestamptz,
  time_zone      text NOT NULL DEFAULT '',
  state          text NOT NULL CHECK (state IN ('DRAFT', 'CONFIGURED', 'APPROVED', 'PUBLISHED', 'CANCELLED')),
  cancel_reason  text,
  organiser_id   text NOT NULL DEFAULT '',
  create_time    timestamptz NOT NULL DEFAULT now(),
  update_time    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sale_window_in_order CHECK (pre_queue_time <= open_time AND open_time < close_time)
);
-- Lists are paged by this order, newest first.
CREATE INDEX events_by_age ON events (create_time DESC, id DESC);
CREATE INDEX events_of_organiser ON events (organiser_id, create_time DESC, id DESC);

CREATE TABLE ticket_types (
  event_id      uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  description   text NOT NULL DEFAULT '',
  price_minor   bigint NOT NULL CHECK (price_minor >= 0),
  currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  max_per_order integer NOT NULL CHECK (max_per_order > 0),
  position      integer NOT NULL,
  PRIMARY KEY (event_id, name)
);

-- Down Migration
DROP TABLE ticket_types;
DROP TABLE events;
DROP TABLE venues;
