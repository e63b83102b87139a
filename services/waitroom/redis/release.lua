-- Ends a checkout slot: the order is paid, cancelled, expired or failed, or the buyer left. Repeating it does nothing.
-- KEYS: 11 - 1-9 of the room, 10 session, 11 token
-- ARGV  1 user id, 2 outcome, counted under `released:<outcome>`
-- Returns 1 when a slot was freed, 0 when there was none
local freed = redis.call('ZREM', ACTIVE, ARGV[1])
if freed == 1 then
  redis.call('DEL', KEYS[11])
  redis.call('HINCRBY', ROOM, 'released:' .. ARGV[2], 1)
end
return freed
