-- The room as it is; writes nothing.
-- KEYS: 11 - 1-11 of the room
-- Returns the snapshot of prelude.lua
return snapshot(now_ms())
