-- Inventory's word that nothing is left (or that something came back).
-- KEYS: 11 - 1-11 of the room
-- ARGV  1 '1' sold out, '0' not, 2 epoch that the caller has seen
-- Returns 1 when that is news
local gate = read_hash(GATE)
if not gate.opensAtMs then return 0 end
local room = ensure_room(gate, now_ms(), ARGV[2])
if (room.soldOut or '0') == ARGV[1] then return 0 end
redis.call('HSET', ROOM, 'soldOut', ARGV[1])
return 1
