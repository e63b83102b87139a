-- Gives a place up, wherever the account stands. Repeating it does nothing.
-- KEYS: 13 - 1-11 of the room, 12 session, 13 token
-- ARGV  1 user id, 2 place computed by the caller ('0': not drawn yet), 3 shuffledCount, 4 epoch it was computed with
-- Returns 'LEFT' | 'RELEASED' (it was checking out) | 'NOTHING' | 'STALE' (drawn in between: compute the place again)
local user, place = ARGV[1], tonumber(ARGV[2])
local room = read_hash(ROOM)
local number = redis.call('ZSCORE', WAITING, user)
if number then
  if (room.epoch or '0') ~= ARGV[4] or (room.shuffledCount or '0') ~= ARGV[3] then return 'STALE' end
  if not give_up(room, user, int(tonumber(number)), place) then return 'STALE' end
  return 'LEFT'
end
if redis.call('ZREM', ACTIVE, user) == 1 then
  redis.call('DEL', KEYS[13])
  redis.call('HINCRBY', ROOM, 'released:left', 1)
  return 'RELEASED'
end
return 'NOTHING'
