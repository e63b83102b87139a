-- Lets an account of the bypass list check out past the queue. Asking again gives the same token while it lives.
-- KEYS: 13 - 1-11 of the room, 12 session, 13 token
-- ARGV  1 user id, 2 epoch, 3 token to give, 4 its end, Unix ms
-- Returns {'OK', token, end ms, already 0|1} or {'NOT_ARMED' | 'NOT_LISTED' | 'NOT_OPEN' | 'CLOSED' | 'SOLD_OUT' | 'PAUSED' | 'STALE'}
local user, TOKEN = ARGV[1], KEYS[13]
local now = now_ms()
local gate = read_hash(GATE)
if not gate.opensAtMs then return { 'NOT_ARMED' } end
if redis.call('SISMEMBER', BYPASS, user) == 0 then return { 'NOT_LISTED' } end
local room = ensure_room(gate, now, ARGV[2])
if now < num(gate.opensAtMs) then return { 'NOT_OPEN' } end
if now >= num(gate.closesAtMs, math.huge) then return { 'CLOSED' } end
if room.soldOut == '1' then return { 'SOLD_OUT' } end
if gate.paused == '1' then return { 'PAUSED' } end
local given = redis.call('GET', TOKEN)
if given then return { 'OK', given, int(now + redis.call('PTTL', TOKEN)), 1 } end
if room.epoch ~= ARGV[2] then return { 'STALE' } end
redis.call('SET', TOKEN, ARGV[3], 'PXAT', ARGV[4])
redis.call('HINCRBY', ROOM, 'bypassed', 1)
return { 'OK', ARGV[3], ARGV[4], 0 }
