-- Notes that an account is still there. Nobody loses a place for not beating: an unclaimed place lapses by its window.
-- KEYS: 10 - 1-9 of the room, 10 session
-- ARGV  1 user id
-- Returns 1 when the account waits or checks out, 0 when not
local waiting = redis.call('ZSCORE', WAITING, ARGV[1]) or redis.call('ZSCORE', ACTIVE, ARGV[1])
if not waiting then return 0 end
redis.call('HSET', KEYS[10], 'seenAtMs', int(now_ms()))
return 1
