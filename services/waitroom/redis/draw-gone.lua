-- After the draw: tells the room the places of numbers that left before it. Repeating it does nothing.
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 epoch, 2 shuffledCount, then pairs: number, place
-- Returns how many numbers were still pending
local room = read_hash(ROOM)
if room.epoch ~= ARGV[1] or (room.shuffledCount or '0') ~= ARGV[2] or not room.openedAtMs then return 0 end
local served = num(room.served)
local settled = 0
for i = 3, #ARGV, 2 do
  if redis.call('SREM', GONE_NUMBERS, ARGV[i]) == 1 then
    settled = settled + 1
    local place = tonumber(ARGV[i + 1])
    if place > served then
      redis.call('ZADD', GONE, int(place), int(place))
    else
      local member, to = batch_of(place)
      if member then take_from_batch(member, to) end
    end
  end
end
return settled
