-- Gives a place up, wherever the account stands. Repeating it does nothing.
-- KEYS: 11 - 1-9 of the room, 10 session, 11 token
-- ARGV  1 user id, 2 place computed by the caller ('0': not drawn yet), 3 shuffledCount, 4 epoch it was computed with
-- Returns 'LEFT' | 'RELEASED' (it was checking out) | 'NOTHING' | 'STALE' (drawn in between: compute the place again)
local user, place = ARGV[1], tonumber(ARGV[2])
local room = read_hash(ROOM)
local number = redis.call('ZSCORE', WAITING, user)
if number then
  if (room.epoch or '0') ~= ARGV[4] or (room.shuffledCount or '0') ~= ARGV[3] then return 'STALE' end
  if room.openedAtMs and place == 0 then return 'STALE' end
  redis.call('ZREM', WAITING, user)
  redis.call('HINCRBY', ROOM, 'left', 1)
  if not room.openedAtMs then
    redis.call('SADD', GONE_NUMBERS, int(tonumber(number)))
  elseif place > num(room.served) then
    redis.call('ZADD', GONE, int(place), int(place))
  else
    local member, to = batch_of(place)
    if member then take_from_batch(member, to) end
  end
  return 'LEFT'
end
if redis.call('ZREM', ACTIVE, user) == 1 then
  redis.call('DEL', KEYS[11])
  redis.call('HINCRBY', ROOM, 'released:left', 1)
  return 'RELEASED'
end
return 'NOTHING'
