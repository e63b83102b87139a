-- Until when a place may claim; writes nothing.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 place
-- Returns Unix ms, or 0 when the place is not admitted yet, has claimed or left, or its window has passed
local now = now_ms()
local member, _, _, _, deadline = batch_of(tonumber(ARGV[1]))
if not member then return '0' end
local ends = deadline + live_shift(read_hash(ROOM), now)
if ends <= now then return '0' end
return int(ends)
