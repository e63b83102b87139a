-- Up Migration
-- Why sessions end grew; tokens of "I forgot my password".
ALTER TABLE sessions DROP CONSTRAINT sessions_revoke_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_revoke_reason_check CHECK (revoke_reason IN (
  'signed_out', 'signed_out_everywhere', 'token_reused', 'password_changed', 'password_reset', 'roles_changed')) NOT VALID;

CREATE TABLE password_resets (
  -- SHA-256 of 256 random bits, like a refresh token.
  token_hash  bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz NOT NULL
);
CREATE INDEX password_resets_of_user ON password_resets (user_id);
CREATE INDEX password_resets_by_end ON password_resets (expire_time);

-- Down Migration
DROP TABLE password_resets;
ALTER TABLE sessions DROP CONSTRAINT sessions_revoke_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_revoke_reason_check CHECK (revoke_reason IN (
  'signed_out', 'signed_out_everywhere', 'token_reused')) NOT VALID;
