-- Where an account stands; writes nothing.
-- KEYS: 13 - 1-11 of the room, 12 session, 13 token
-- ARGV  1 user id
-- Returns {now, number or '', epoch of the room, waiting 0|1, slot end ms or '', token or '', shuffledCount, seed or '',
--          served, checkoutTtlMs, place written by a claim or '', opened 0|1,
--          on the bypass list 0|1}
local user = ARGV[1]
local now = now_ms()
local room = read_hash(ROOM)
local session = read_hash(KEYS[12])
local mine = room.epoch and session.epoch == room.epoch
local waiting = mine and redis.call('ZSCORE', WAITING, user)
local slot = mine and redis.call('ZSCORE', ACTIVE, user)
if slot and tonumber(slot) <= now then slot = false end
return {
  int(now), (waiting or slot) and session.number or '', room.epoch or '0', waiting and 1 or 0, slot or '',
  slot and redis.call('GET', KEYS[13]) or '', room.shuffledCount or '0', room.openedAtMs and room.seed or '',
  room.served or '0', redis.call('HGET', GATE, 'checkoutTtlMs') or '900000', slot and session.place or '',
  room.openedAtMs and 1 or 0, redis.call('SISMEMBER', BYPASS, user),
}
