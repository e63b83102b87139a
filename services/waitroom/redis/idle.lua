-- Waiting accounts that were not heard of for the idle timeout, the longest silent first.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 how many at most
-- Returns user, number, user, number, ...
local now = now_ms()
local until_ms = idle_until(read_hash(GATE), read_hash(ROOM), now)
local found = {}
if not until_ms then return found end
for _, user in ipairs(redis.call('ZRANGE', SEEN, '-inf', int(until_ms), 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  local number = redis.call('ZSCORE', WAITING, user)
  if number then
    found[#found + 1] = user
    found[#found + 1] = number
  else
    redis.call('ZREM', SEEN, user)
  end
end
return found
