-- Takes accounts whose claim window passed out of the waiting set, so that they no longer count and may queue again.
-- Their slots went back to the pool when advance.lua ended the batch; this only keeps the books.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 epoch, 2 first place, 3 last place, then the number of each place from the first to the last
-- Returns how many accounts were taken out, -1 when another replica swept these places
local room = read_hash(ROOM)
local from, to = tonumber(ARGV[2]), tonumber(ARGV[3])
if room.epoch ~= ARGV[1] or num(room.sweptTo) ~= from - 1 then return -1 end
local removed = 0
for i = 4, #ARGV do
  for _, user in ipairs(redis.call('ZRANGE', WAITING, ARGV[i], ARGV[i], 'BYSCORE')) do
    removed = removed + redis.call('ZREM', WAITING, user)
    redis.call('ZREM', SEEN, user)
  end
end
redis.call('HSET', ROOM, 'sweptTo', int(to))
if removed > 0 then redis.call('HINCRBY', ROOM, 'lapsed', removed) end
return removed
