-- Exchanges an admitted place for a checkout slot. Claiming again gives the same token while the slot lives.
-- KEYS: 13 - 1-11 of the room, 12 session, 13 token
-- ARGV  1 user id, 2 number, 3 place computed from the revealed seed, 4 shuffledCount it was computed with, 5 epoch,
--       6 admission token signed for this place, 7 end of the slot and of the token, Unix ms, 8 length of the log
-- Returns {'OK', token, end ms, place, already 0|1}
--   or    {'NOT_ARMED' | 'NOT_JOINED' | 'NOT_OPEN' | 'CLOSED' | 'PAUSED' | 'SOLD_OUT' | 'NOT_ADMITTED_YET' | 'CLAIM_EXPIRED'
--          | 'STALE'}; STALE: number, place or epoch belong to another state of the room, read again
local SESSION, TOKEN = KEYS[12], KEYS[13]
local user, number, place, ends = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[7])
local now = now_ms()
local gate = read_hash(GATE)
if not gate.opensAtMs then return { 'NOT_ARMED' } end
local room = ensure_room(gate, now, ARGV[5])
local session = read_hash(SESSION)
local mine = session.epoch == room.epoch

if mine then
  local slot = redis.call('ZSCORE', ACTIVE, user)
  local token = redis.call('GET', TOKEN)
  if slot and token and tonumber(slot) > now then return { 'OK', token, slot, session.place, 1 } end
end
if not mine or not redis.call('ZSCORE', WAITING, user) then return { 'NOT_JOINED' } end
if now < num(gate.opensAtMs) or not room.openedAtMs then return { 'NOT_OPEN' } end
if now >= num(gate.closesAtMs, math.huge) then return { 'CLOSED' } end
if room.soldOut == '1' then return { 'SOLD_OUT' } end
if gate.paused == '1' then return { 'PAUSED' } end
if session.number ~= number or room.epoch ~= ARGV[5] or (room.shuffledCount or '0') ~= ARGV[4] then return { 'STALE' } end
local served = num(room.served)
if place > served then return { 'NOT_ADMITTED_YET' } end

local member, to, _, granted, deadline = batch_of(place)
if not member or deadline + live_shift(room, now) <= now then return { 'CLAIM_EXPIRED' } end

take_from_batch(member, to)
redis.call('ZREM', WAITING, user)
redis.call('ZREM', SEEN, user)
redis.call('ZADD', ACTIVE, int(ends), user)
redis.call('SET', TOKEN, ARGV[6], 'PXAT', int(ends))
redis.call('HSET', SESSION, 'place', int(place), 'claimedAtMs', int(now))
redis.call('HINCRBY', ROOM, 'admitted', 1)
redis.call('XADD', ADMISSIONS, 'MAXLEN', '~', ARGV[8], '*', 'place', int(place), 'number', number, 'user', user,
  'grantedMs', int(granted), 'served', int(to))
return { 'OK', ARGV[6], int(ends), int(place), 0 }
