-- The room as it is; writes nothing.
-- KEYS: 9 - 1-9 of the room
-- Returns the snapshot of prelude.lua
return snapshot(now_ms())
