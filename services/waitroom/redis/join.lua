-- Gives accounts their numbers, or tells them the ones they have. One after the other, as if each had come alone.
-- KEYS: 11+ - 1-11 of the room, then the session of each account
-- ARGV  1 epoch and 2 highest number that the caller has seen, then of each account: user id, session id to use when one is made
-- Returns {common, one answer for each account ...}
--   common: {epoch, shuffledCount, seed or '', served, opened 0|1}, all '' or 0 without a gate
--   answer: {'OK', number, session id, rejoined 0|1}
--        or {'NOT_ARMED' | 'NOT_YET' | 'CLOSED' | 'SOLD_OUT' | 'QUEUE_FULL' | 'RECOVERING'}
local now = now_ms()
local gate = read_hash(GATE)
if not gate.opensAtMs then
  local answers = { { '', 0, '', 0, 0 } }
  for i = 3, #ARGV, 2 do answers[#answers + 1] = { 'NOT_ARMED' } end
  return answers
end
local room = ensure_room(gate, now, ARGV[1])
note_seen(room, ARGV[1], ARGV[2])
local preQueueAt, closes, max = num(gate.preQueueAtMs), num(gate.closesAtMs, math.huge), num(gate.maxQueueLength)
-- Kept a day past the close, for late questions; a later close only makes it shorter than that.
local sessionEnd = int(num(gate.closesAtMs, now) + 86400000)

local function join(SESSION, user, fresh)
  local session = read_hash(SESSION)
  local mine = session.epoch == room.epoch
  -- Who waits or checks out keeps the number, whatever the gate says by now.
  local waits = mine and redis.call('ZSCORE', WAITING, user)
  if waits then hear(gate, user, now) end
  if waits or (mine and redis.call('ZSCORE', ACTIVE, user)) then return { 'OK', session.number, session.id, 1 } end

  if now < preQueueAt then return { 'NOT_YET' } end
  if now >= closes then return { 'CLOSED' } end
  if room.soldOut == '1' then return { 'SOLD_OUT' } end
  if max > 0 and redis.call('ZCARD', WAITING) >= max then return { 'QUEUE_FULL' } end

  -- Leaving and coming back before the draw costs nothing and wins nothing: the old number comes back.
  if mine and not room.openedAtMs and redis.call('SREM', GONE_NUMBERS, session.number) == 1 then
    redis.call('ZADD', WAITING, session.number, user)
    redis.call('HINCRBY', ROOM, 'left', -1)
    hear(gate, user, now)
    return { 'OK', session.number, session.id, 1 }
  end

  if room.recoverUntilMs then return { 'RECOVERING' } end
  local number = int(redis.call('HINCRBY', ROOM, 'issued', 1))
  redis.call('ZADD', WAITING, number, user)
  hear(gate, user, now)
  if session.id then redis.call('DEL', SESSION) end
  redis.call('HSET', SESSION, 'id', fresh, 'number', number, 'epoch', room.epoch, 'joinedAtMs', int(now))
  redis.call('PEXPIREAT', SESSION, sessionEnd)
  return { 'OK', number, fresh, 0 }
end

local opened = room.openedAtMs and 1 or 0
local answers = { { room.epoch, room.shuffledCount or '0', opened == 1 and room.seed or '', room.served or '0', opened } }
for i = 3, #ARGV, 2 do
  answers[#answers + 1] = join(KEYS[11 + (i - 1) / 2], ARGV[i], ARGV[i + 1])
end
return answers
