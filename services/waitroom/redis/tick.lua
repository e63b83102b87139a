-- The right to say one tick: whichever replica asks first after the interval gets the snapshot to publish.
-- KEYS: 12 - 1-11 of the room, 12 lock
-- ARGV  1 interval ms, 2 state as this replica sees it: one that was not said yet is said at once, 3 id of the replica
-- Returns the snapshot of prelude.lua, its room with a new seq, or nil when it is not this replica's turn
local said = redis.call('HGET', ROOM, 'said')
if redis.call('EXISTS', ROOM) == 0 then return nil end
if said ~= ARGV[2] then
  redis.call('SET', KEYS[12], ARGV[3], 'PX', ARGV[1])
elseif not redis.call('SET', KEYS[12], ARGV[3], 'NX', 'PX', ARGV[1]) then
  return nil
end
redis.call('HSET', ROOM, 'said', ARGV[2])
redis.call('HINCRBY', ROOM, 'seq', 1)
return snapshot(now_ms())
