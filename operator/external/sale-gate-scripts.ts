import { defineScript } from '#runtime/redis.ts';

/*
 * The gate's two writes. Both are one atomic step that refuses what an older leader, or a region that was replaced, sends, so
 * that two operators at once cannot disagree about an opening. Leaders are numbered in each region for itself, so the term of
 * the region's lease counts first. `live`: this gate lets people in between its two instants; see timeline.ts. `inherited`: it
 * obeyed the same sale in a region that has lost the lease since.
 */
const PRELUDE = `
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function field(name) return redis.call('HGET', KEYS[1], name) end
local function number(name) return tonumber(field(name) or '0') or 0 end
local function fenced(token, term)
  local known = number('regionTerm')
  return known > tonumber(term) or (known == tonumber(term) and number('fencingToken') > tonumber(token))
end
local function inherited(sale, term)
  local known = number('regionTerm')
  return sale ~= '' and field('sale') == sale and known > 0 and known < tonumber(term)
end
local function live()
  return number('closesAtMs') > number('opensAtMs') and not (number('armedAtMs') == 0 and field('paused') == '1')
end
local function int(value) return string.format('%.0f', value) end
`;

export const WRITE_GATE = defineScript(
  'write-gate',
  `-- Brings the gate to the given content.
-- KEYS: 1 gate
-- ARGV  1 fencing token, 2 uid of the sale, 3 the sale, 4 term of the region, 5 seed to use when there is none, 6 its
--       commitment, 7... field, value
-- Returns {OK} or {FENCED, token, term} or {TAKEN, uid of the live sale} or {OPEN, instant that may not move}
${PRELUDE}
if fenced(ARGV[1], ARGV[4]) then return { 'FENCED', field('fencingToken'), field('regionTerm') or '0' } end
local wanted = {}
for i = 7, #ARGV, 2 do wanted[ARGV[i]] = ARGV[i + 1] end
local owner = field('ownerUid') or field('saleUid')
if owner and owner ~= ARGV[2] and not inherited(ARGV[3], ARGV[4]) then
  if live() and number('closesAtMs') > now_ms() then return { 'TAKEN', owner } end
  redis.call('DEL', KEYS[1])
elseif owner and live() and number('opensAtMs') <= now_ms() and field('opensAtMs') ~= wanted['opensAtMs'] then
  return { 'OPEN', field('opensAtMs') }
end
if redis.call('HSETNX', KEYS[1], 'seed', ARGV[5]) == 1 then
  redis.call('HSET', KEYS[1], 'seedCommitment', ARGV[6])
end
-- Who inherits a room goes on with it: another saleUid would start it over.
redis.call('HSETNX', KEYS[1], 'saleUid', ARGV[2])
redis.call('HDEL', KEYS[1], 'closedAtMs')
redis.call('HSET', KEYS[1], 'fencingToken', ARGV[1], 'ownerUid', ARGV[2], unpack(ARGV, 7))
redis.call('PERSIST', KEYS[1])
return { 'OK' }`,
);

export const CLOSE_GATE = defineScript(
  'close-gate',
  `-- Closes the doors now, before or after they opened; keeps the gate for a day so that waiting buyers are told.
-- KEYS: 1 gate
-- ARGV  1 fencing token, 2 uid of the sale, 3 the sale, 4 term of the region, 5 '1': no other region may go on with it,
--       6... field, value
-- Returns {OK, instant of closing} or {ABSENT} or {FENCED, token, term} or {TAKEN, uid of the other sale}
${PRELUDE}
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'ABSENT' } end
if fenced(ARGV[1], ARGV[4]) then return { 'FENCED', field('fencingToken'), field('regionTerm') or '0' } end
local owner = field('ownerUid') or field('saleUid') or ''
if owner ~= ARGV[2] and not inherited(ARGV[3], ARGV[4]) then return { 'TAKEN', owner } end
local closes = math.min(number('closesAtMs'), now_ms())
redis.call('HSET', KEYS[1], 'closesAtMs', int(closes), 'closedAtMs', int(now_ms()), 'fencingToken', ARGV[1],
  'ownerUid', ARGV[2], unpack(ARGV, 6))
if ARGV[5] == '1' then redis.call('HDEL', KEYS[1], 'sale') end
redis.call('PEXPIRE', KEYS[1], 86400000)
return { 'OK', int(closes) }`,
);
