-- Gives up the places of idle accounts, unless they were heard of in the meantime.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 epoch, 2 shuffledCount the places were computed with, then triples: user, number, place ('0': not drawn yet)
-- Returns how many lost their place
local room = read_hash(ROOM)
if room.epoch ~= ARGV[1] or (room.shuffledCount or '0') ~= ARGV[2] then return 0 end
local until_ms = idle_until(read_hash(GATE), room, now_ms())
if not until_ms then return 0 end
local expired = 0
for i = 3, #ARGV, 3 do
  local user, number = ARGV[i], ARGV[i + 1]
  local seen = tonumber(redis.call('ZSCORE', SEEN, user) or 'inf')
  if seen <= until_ms and redis.call('ZSCORE', WAITING, user) == number
     and give_up(room, user, number, tonumber(ARGV[i + 2])) then
    expired = expired + 1
  end
end
if expired > 0 then redis.call('HINCRBY', ROOM, 'idled', expired) end
return expired
