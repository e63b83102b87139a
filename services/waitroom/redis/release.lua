-- Ends a checkout slot: the order is paid, cancelled, expired or failed, or the buyer left. Repeating it does nothing.
-- KEYS: 13 - 1-11 of the room, 12 session, 13 token
-- ARGV  1 user id, 2 outcome, counted under `released:<outcome>`
-- Returns 1 when a slot was freed, 0 when there was none
local freed = redis.call('ZREM', ACTIVE, ARGV[1])
if freed == 1 then
  redis.call('DEL', KEYS[13])
  redis.call('HINCRBY', ROOM, 'released:' .. ARGV[2], 1)
end
if freed == 0 and redis.call('SISMEMBER', BYPASS, ARGV[1]) == 1 then return redis.call('DEL', KEYS[13]) end
return freed
