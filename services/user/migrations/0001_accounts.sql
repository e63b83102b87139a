-- Up Migration
-- Accounts, what they may do, and their sessions. A session is a family of refresh tokens: each is used once and replaced
-- by the next; using one again means that two parties hold it, and ends the family.

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  -- What makes two addresses the same account: trimmed, lower case, Unicode NFC.
  email_key     text NOT NULL CONSTRAINT one_account_per_email UNIQUE,
  -- PHC string: algorithm and cost travel with the hash, so that they can be raised later.
  password_hash text NOT NULL,
  full_name     text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
  -- Idempotency key of the request that made the account.
  request_id    text,
  create_time   timestamptz NOT NULL DEFAULT now(),
  update_time   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_roles (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role    text NOT NULL CHECK (role IN ('buyer', 'organiser', 'door', 'admin')),
  PRIMARY KEY (user_id, role)
);

CREATE TABLE sessions (
  id            uuid PRIMARY KEY,
  user_id       uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  user_agent    text NOT NULL DEFAULT '',
  create_time   timestamptz NOT NULL DEFAULT now(),
  expire_time   timestamptz NOT NULL,
  revoke_time   timestamptz,
  revoke_reason text CHECK (revoke_reason IN ('signed_out', 'signed_out_everywhere', 'token_reused'))
);
CREATE INDEX sessions_live_of_user ON sessions (user_id) WHERE revoke_time IS NULL;
CREATE INDEX sessions_by_end ON sessions (expire_time);

-- Tokens are 256 random bits, so a plain SHA-256 is enough: there is nothing to guess.
CREATE TABLE session_tokens (
  token_hash  bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id  uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  create_time timestamptz NOT NULL DEFAULT now(),
  -- Set when it was exchanged for the next one.
  spent_time  timestamptz
);
CREATE INDEX session_tokens_of_session ON session_tokens (session_id);

-- Down Migration
DROP TABLE session_tokens;
DROP TABLE sessions;
DROP TABLE user_roles;
DROP TABLE users;
