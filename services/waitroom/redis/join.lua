-- Gives an account its number, or tells it the one it has.
-- KEYS: 12 - 1-11 of the room, 12 session of the account
-- ARGV  1 user id, 2 session id to use when one is made, 3 epoch and 4 highest number that the caller has seen
-- Returns {'OK', number, epoch, session id, rejoined 0|1, shuffledCount, seed or '', served, opened 0|1}
--   or    {'NOT_ARMED' | 'NOT_YET' | 'CLOSED' | 'SOLD_OUT' | 'QUEUE_FULL' | 'RECOVERING'}
local SESSION, user = KEYS[12], ARGV[1]
local now = now_ms()
local gate = read_hash(GATE)
if not gate.opensAtMs then return { 'NOT_ARMED' } end
local room = ensure_room(gate, now, ARGV[3])
note_seen(room, ARGV[3], ARGV[4])
local session = read_hash(SESSION)
local mine = session.epoch == room.epoch

local function answer(number, rejoined)
  return {
    'OK', number, room.epoch, session.id, rejoined, room.shuffledCount or '0',
    room.openedAtMs and room.seed or '', room.served or '0', room.openedAtMs and 1 or 0,
  }
end

-- Who waits or checks out keeps the number, whatever the gate says by now.
local waits = mine and redis.call('ZSCORE', WAITING, user)
if waits then hear(gate, user, now) end
if waits or (mine and redis.call('ZSCORE', ACTIVE, user)) then
  return answer(session.number, 1)
end

if now < num(gate.preQueueAtMs) then return { 'NOT_YET' } end
if now >= num(gate.closesAtMs, math.huge) then return { 'CLOSED' } end
if room.soldOut == '1' then return { 'SOLD_OUT' } end
local max = num(gate.maxQueueLength)
if max > 0 and redis.call('ZCARD', WAITING) >= max then return { 'QUEUE_FULL' } end

-- Leaving and coming back before the draw costs nothing and wins nothing: the old number comes back.
if mine and not room.openedAtMs and redis.call('SREM', GONE_NUMBERS, session.number) == 1 then
  redis.call('ZADD', WAITING, session.number, user)
  redis.call('HINCRBY', ROOM, 'left', -1)
  hear(gate, user, now)
  return answer(session.number, 1)
end

if room.recoverUntilMs then return { 'RECOVERING' } end
local number = int(redis.call('HINCRBY', ROOM, 'issued', 1))
session.id = ARGV[2]
redis.call('ZADD', WAITING, number, user)
hear(gate, user, now)
redis.call('DEL', SESSION)
redis.call('HSET', SESSION, 'id', session.id, 'number', number, 'epoch', room.epoch, 'joinedAtMs', int(now))
-- Kept a day past the close, for late questions; a later close only makes it shorter than that.
redis.call('PEXPIREAT', SESSION, int(num(gate.closesAtMs, now) + 86400000))
return answer(number, 0)
