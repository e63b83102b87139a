-- Put before every script of this folder by redis-scripts.ts.
--
-- All scripts take the same first eleven KEYS, one hash tag each, so they run in one slot of a Redis Cluster:
--   1 gate         HASH    written by the operator; fields in proto/names.ts
--   2 room         HASH    what the room knows: epoch, issued, served, frozen draw, rate bucket, counters
--   3 waiting      ZSET    account -> number; an account waits as long as it stands here
--   4 active       ZSET    account -> end of its checkout slot, Unix ms
--   5 batches      ZSET    "from:grantedMs:deadlineMs" -> last place of one grant; places without a batch cannot claim
--   6 unclaimed    HASH    last place of a batch -> how many of it have neither claimed nor left
--   7 gone         ZSET    places above `served` whose account left; admission steps over them
--   8 goneNumbers  SET     numbers given back before the draw, whose place nobody has computed yet
--   9 admissions   STREAM  place, number, user, grantedMs, servedAtGrant of every claim
--  10 seen         ZSET    waiting account -> when it was heard of last, Unix ms; only while the gate has an idle timeout
--  11 bypass       SET     accounts that may check out past the queue; they take no slot of the room and are counted apart
--
-- Invariant of 4, 5, 6: ZCARD(active) + room.claimable <= gate.maxConcurrentCheckouts whenever a grant is made, where
-- room.claimable is the sum of the hash `unclaimed`.
local GATE, ROOM, WAITING, ACTIVE, BATCHES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local UNCLAIMED, GONE, GONE_NUMBERS, ADMISSIONS = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local SEEN, BYPASS = KEYS[10], KEYS[11]

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function read_hash(key)
  local flat = redis.call('HGETALL', key)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function num(value, default)
  return tonumber(value or '') or default or 0
end

-- Lua's own tostring would write large numbers as 1e+15.
local function int(value)
  return string.format('%.0f', value)
end

-- A failover may lose acknowledged writes, the last numbers given among them. A room that finds itself in another server
-- process than before (a promoted replica, or a restart) therefore gives no numbers and admits nobody for RECOVER_MS, while
-- every replica of the waitroom tells the highest number it has seen; then counting goes on above all of them, and the
-- numbers in between are void, as if their accounts had left.
local RECOVER_MS = 3000
-- For numbers that were seen only by a replica of the waitroom that died together with Redis. Where another region may take
-- over, all of them die, and the gate says how many that may be.
local VOID_MARGIN = 1000

local function server_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end

local function notice_failover(room, now)
  local server = server_id()
  if room.server == server then return end
  if room.server then
    room.recoverUntilMs = int(now + RECOVER_MS)
    room.term = int(num(room.term) + 1)
    -- The clock may be another one, too.
    room.ranAtMs, room.bucketAtMs = '0', int(now)
    redis.call('HSET', ROOM, 'recoverUntilMs', room.recoverUntilMs, 'term', room.term, 'ranAtMs', '0', 'bucketAtMs', int(now))
  end
  room.server = server
  redis.call('HSET', ROOM, 'server', server)
end

-- What a caller saw last: the highest number, and the epoch it belongs to. Only of interest after a failover.
local function note_seen(room, epoch, number)
  if room.recoverUntilMs and room.epoch == epoch and tonumber(number) > num(room.seen) then
    room.seen = number
    redis.call('HSET', ROOM, 'seen', number)
  end
end

-- The room of this gate, made when missing. It starts over, under a larger epoch, when the same event is sold again: by
-- another sale, or with another draw that has yet to open. Numbers of the old epoch are void. `seen_epoch`: the largest that
-- the caller knows of, for a room that was lost with its server.
local function ensure_room(gate, now, seen_epoch)
  local room = read_hash(ROOM)
  local sale, commitment = gate.saleUid or '', gate.seedCommitment or ''
  local redrawn = room.openedAtMs and room.commitment ~= commitment and now < num(gate.opensAtMs)
  if room.epoch and room.saleUid == sale and not redrawn then
    if not room.openedAtMs and room.commitment ~= commitment then
      room.commitment = commitment
      redis.call('HSET', ROOM, 'commitment', commitment)
    end
    notice_failover(room, now) -- guard: failover
    return room
  end
  if room.epoch then
    redis.call('UNLINK', ROOM, WAITING, ACTIVE, BATCHES, UNCLAIMED, GONE, GONE_NUMBERS, ADMISSIONS, SEEN)
  end
  room = { epoch = int(math.max(now, num(room.epoch) + 1, num(seen_epoch) + 1)), commitment = commitment, saleUid = sale, server = server_id() }
  redis.call('HSET', ROOM, 'epoch', room.epoch, 'commitment', commitment, 'saleUid', sale, 'server', room.server)
  return room
end

-- Windows stop while the room is paused: `shiftMs` is the sum of all pauses, and deadlines are kept without it.
local function live_shift(room, now)
  if room.pausedAtMs then return num(room.shiftMs) + math.max(0, now - num(room.pausedAtMs)) end
  return num(room.shiftMs)
end

local function parse_batch(member)
  local from, granted, deadline = string.match(member, '^(%d+):(%d+):(%-?%d+)$')
  return tonumber(from), tonumber(granted), tonumber(deadline)
end

-- The batch of a place: member, its last place, its first place, grant time, deadline; nil when it has none (any more).
local function batch_of(place)
  local found = redis.call('ZRANGE', BATCHES, place, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if #found == 0 then return nil end
  local from, granted, deadline = parse_batch(found[1])
  if place < from then return nil end
  return found[1], tonumber(found[2]), from, granted, deadline
end

-- One place of a batch claimed or given up.
local function take_from_batch(member, to)
  redis.call('HINCRBY', ROOM, 'claimable', -1)
  if redis.call('HINCRBY', UNCLAIMED, int(to), -1) <= 0 then
    redis.call('HDEL', UNCLAIMED, int(to))
    redis.call('ZREM', BATCHES, member)
  end
end

-- An account was heard of. Kept only where it matters: a million entries nobody reads would cost 100 MB.
local function hear(gate, user, now)
  if num(gate.idleTimeoutMs) > 0 then redis.call('ZADD', SEEN, int(now), user) end
end

-- Who was heard of last at this instant or before is idle; nil when the gate has no idle timeout. Nobody is blamed for the
-- time in which the room stood still and could hear nobody.
local function idle_until(gate, room, now)
  local timeout = num(gate.idleTimeoutMs)
  if timeout <= 0 or room.recoverUntilMs or now - num(room.stoodStillMs) < timeout then return nil end
  return now - timeout
end

-- A waiting account gives its place up. `place` 0: not drawn yet. False: it was drawn in between.
local function give_up(room, user, number, place)
  if room.openedAtMs and place == 0 then return false end
  redis.call('ZREM', WAITING, user)
  redis.call('ZREM', SEEN, user)
  redis.call('HINCRBY', ROOM, 'left', 1)
  if not room.openedAtMs then
    redis.call('SADD', GONE_NUMBERS, number)
  elseif place > num(room.served) then
    redis.call('ZADD', GONE, int(place), int(place))
  else
    local member, to = batch_of(place)
    if member then take_from_batch(member, to) end
  end
  return true
end

-- What read.lua, advance.lua and tick.lua answer: {now, waiting, active, lapsedTo, pending, gate fields, room fields}.
-- lapsedTo: every place up to it has claimed, left or let its window pass. pending: numbers that left before the draw.
local function snapshot(now)
  local room = redis.call('HGETALL', ROOM)
  local served = num(redis.call('HGET', ROOM, 'served'))
  local first = redis.call('ZRANGE', BATCHES, 0, 0)
  local lapsed = served
  if #first > 0 then lapsed = parse_batch(first[1]) - 1 end
  return {
    int(now), redis.call('ZCARD', WAITING), redis.call('ZCOUNT', ACTIVE, '(' .. int(now), '+inf'), int(lapsed),
    redis.call('SCARD', GONE_NUMBERS), redis.call('HGETALL', GATE), room,
  }
end
