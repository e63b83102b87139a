-- Moves the room on to the present. Every replica runs it every 100 ms while people wait; running it twice changes nothing more.
-- Judges by Redis TIME alone: the gate is data and nobody has to act at the opening.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 ms since the last run below which there is nothing to do (0: always run), 2 epoch and 3 highest number that the
--       caller has seen
-- Returns the snapshot of prelude.lua
-- Bounded work: at most maxConcurrentCheckouts batches and slots exist.
local now = now_ms()
local gate = read_hash(GATE)
if not gate.opensAtMs then return snapshot(now) end
local room = ensure_room(gate, now, ARGV[2])
note_seen(room, ARGV[2], ARGV[3])
local opens, closes = num(gate.opensAtMs), num(gate.closesAtMs, math.huge)
local ran = num(room.ranAtMs)
-- A gate that is held over its opening has not opened: the queue goes on and is drawn when the doors really open.
local recovering = room.recoverUntilMs and now < num(room.recoverUntilMs)
local opening = not room.openedAtMs and now >= opens and now < closes and gate.paused ~= '1' and not recovering
if not opening and now - ran < num(ARGV[1]) then return snapshot(now) end

local set = { 'ranAtMs', int(now) }
local function put(field, value)
  set[#set + 1] = field
  set[#set + 1] = value
end

if now - ran > 5000 then
  room.stoodStillMs = int(now)
  put('stoodStillMs', room.stoodStillMs)
end

-- The end of a recovery: counting goes on above every number that anybody has seen.
if room.recoverUntilMs and not recovering then
  local issued = num(room.issued)
  local upto = math.max(issued, num(room.seen)) + num(gate.voidMargin, VOID_MARGIN)
  for number = issued + 1, upto do
    if room.openedAtMs then
      redis.call('ZADD', GONE, int(number), int(number)) -- after the draw a new number is its own place
    else
      redis.call('SADD', GONE_NUMBERS, int(number))
    end
  end
  room.issued, room.recoverUntilMs = int(upto), nil
  put('issued', room.issued)
  redis.call('HINCRBY', ROOM, 'voided', int(upto - issued))
  redis.call('HDEL', ROOM, 'recoverUntilMs', 'seen')
end

-- The draw. N is fixed and the seed becomes public in one step, at the first run after the opening.
if opening then
  local count = num(room.issued)
  -- FIFO, or no seed to draw with: every place is its number.
  if gate.ordering == 'FIFO' or #(gate.seed or '') ~= 64 then count = 0 end
  room.openedAtMs, room.shuffledCount, room.seed = int(now), int(count), gate.seed or ''
  put('openedAtMs', room.openedAtMs)
  put('shuffledCount', room.shuffledCount)
  put('seed', room.seed)
  room.bucket = int(num(gate.burst))
  room.bucketAtMs = int(now)
end

-- Pauses: windows of admitted buyers stand still, slots of buyers at the till do not (their token has an end).
local paused = gate.paused == '1' or now < opens
if paused and room.openedAtMs and not room.pausedAtMs then
  room.pausedAtMs = int(now)
  put('pausedAtMs', room.pausedAtMs)
elseif not paused and room.pausedAtMs then
  room.shiftMs = int(live_shift(room, now))
  room.pausedAtMs = nil
  put('shiftMs', room.shiftMs)
  redis.call('HDEL', ROOM, 'pausedAtMs')
end

-- Slots and claim windows that ended go back into the pool.
local claimable = num(room.claimable)
local ended = redis.call('ZREMRANGEBYSCORE', ACTIVE, '-inf', int(now))
if ended > 0 then redis.call('HINCRBY', ROOM, 'checkoutsExpired', ended) end
if not paused then
  local shift = num(room.shiftMs)
  while true do
    local first = redis.call('ZRANGE', BATCHES, 0, 0, 'WITHSCORES')
    if #first == 0 then break end
    local _, _, deadline = parse_batch(first[1])
    if deadline + shift > now then break end
    local left = num(redis.call('HGET', UNCLAIMED, first[2]))
    redis.call('ZREM', BATCHES, first[1])
    redis.call('HDEL', UNCLAIMED, first[2])
    claimable = claimable - left
    put('claimable', int(claimable))
    redis.call('HINCRBY', ROOM, 'claimsExpired', left)
  end
end

local granted = 0
local served = num(room.served)
local open = room.openedAtMs and now >= opens and now < closes and not paused and not recovering and room.soldOut ~= '1'
if open then
  local per_ms = num(gate.admissionsPerMinute) / 60000
  -- A bucket smaller than one place, or than what flows in between two runs, could never give the rate.
  local burst = math.max(1, num(gate.burst), per_ms * 250)
  local bucket = math.min(burst, num(room.bucket) + per_ms * math.max(0, now - num(room.bucketAtMs)))
  local issued = num(room.issued)
  local free = num(gate.maxConcurrentCheckouts) - redis.call('ZCARD', ACTIVE) - claimable
  -- The numbers of those who left before the draw get their places from a replica within a moment; nobody waits for
  -- that longer than two seconds.
  local undrawn = redis.call('SCARD', GONE_NUMBERS) > 0 and now - num(room.openedAtMs) < 2000
  local want = issued - served
  want = math.min(want, math.floor(bucket)) -- guard: rate
  want = math.min(want, free) -- guard: hard limit
  if want > 0 and not undrawn then
    -- Step over places whose account left: widen the range until it holds `want` that did not.
    local target, skipped = served + want, 0
    while true do
      skipped = redis.call('ZCOUNT', GONE, '(' .. int(served), int(target))
      local wider = math.min(issued, served + want + skipped)
      if wider == target then break end
      target = wider
    end
    granted = target - served - skipped
    if skipped > 0 then redis.call('ZREMRANGEBYSCORE', GONE, '-inf', int(target)) end
    if granted > 0 then
      -- Deadlines never go down with the place, also when the window is made shorter in an open room.
      local deadline = now + num(gate.claimWindowMs) - num(room.shiftMs)
      local last = redis.call('ZRANGE', BATCHES, -1, -1)
      if #last > 0 then
        local _, _, before = parse_batch(last[1])
        deadline = math.max(deadline, before)
      end
      redis.call('ZADD', BATCHES, int(target), int(served + 1) .. ':' .. int(now) .. ':' .. int(deadline))
      redis.call('HSET', UNCLAIMED, int(target), int(granted))
      put('claimable', int(claimable + granted))
      put('granted', int(num(room.granted) + granted))
      if not room.firstAdmissionMs then put('firstAdmissionMs', int(now)) end
    end
    bucket = bucket - granted
    put('served', int(target))
  end
  put('bucket', string.format('%.6f', bucket))
  put('bucketAtMs', int(now))
elseif room.openedAtMs then
  -- No credit is saved up while nobody may be admitted.
  put('bucketAtMs', int(now))
end

-- Moving average of grants per second over about ten seconds.
if room.openedAtMs then
  local dt = math.min(60000, math.max(1, now - ran)) / 1000
  local keep = math.exp(-dt / 10)
  put('rate', string.format('%.6f', num(room.rate) * keep + granted / dt * (1 - keep)))
end
redis.call('HSET', ROOM, unpack(set))

-- A closed room is forgotten a week later; one that opens again is kept.
if now >= closes and room.closed ~= '1' then
  redis.call('HSET', ROOM, 'closed', '1')
  for i = 2, 10 do redis.call('PEXPIREAT', KEYS[i], int(closes + 604800000)) end
elseif now < closes and room.closed == '1' then
  redis.call('HDEL', ROOM, 'closed')
  for i = 2, 10 do redis.call('PERSIST', KEYS[i]) end
end
return snapshot(now)
