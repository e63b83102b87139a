-- Notes that an account is still there: where the gate has an idle timeout, silence costs the place.
-- KEYS: 12 - 1-11 of the room, 12 session
-- ARGV  1 user id
-- Returns 1 when the account waits or checks out, 0 when not
local user = ARGV[1]
local now = now_ms()
if redis.call('ZSCORE', WAITING, user) then
  hear(read_hash(GATE), user, now)
elseif not redis.call('ZSCORE', ACTIVE, user) then
  return 0
end
redis.call('HSET', KEYS[12], 'seenAtMs', int(now))
return 1
