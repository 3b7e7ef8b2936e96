-- The prompt cache and the fingerprints of requests. Times are of the caller's clock.
local F = {MOST_PREFIXES = 4096, MOST_FINGERPRINTS = 64, LIFETIME = 3600}
for _, name in ipairs({'prefixes', 'prefix_places', 'fingerprints', 'fingerprint_places'}) do
  table.insert(S.held, name)
end

-- Hold a member as the youngest of a list of places.
function F.place(key, member) call('ZADD', key, S.count('prefix_places'), member) end
-- Until when a prefix lives, and for how long.
function F.life(key, prefix)
  local ends, life = string.match(call('HGET', key, prefix) or '', '^(%S+) (%S+)$')
  return tonumber(ends), tonumber(life)
end
function F.live(key, prefix, at, life)
  return call('HSET', key, prefix, string.format('%.17g %.17g', at + life, life))
end
-- Look for the first of the wanted prefixes that is alive, then write others: names, and 'name life' for each, parted by
-- blanks. Returns the place of the one that was found, from 0, or -1.
function ops.consult(digest, shown, length, now, wanted, written, at)
  local id, found, place = S.get(digest, shown, length, now), -1, 0
  local key, places, added = S.own(id, 'prefixes'), S.own(id, 'prefix_places'), 0
  at = tonumber(at)
  for prefix in string.gmatch(wanted, '%S+') do
    local ends, life = F.life(key, prefix)
    if ends and ends > at then
      F.live(key, prefix, at, life)
      found = place
      break
    end
    place = place + 1
  end
  for prefix, life in string.gmatch(written, '(%S+) (%S+)') do
    added = added + F.live(key, prefix, at, tonumber(life))
    F.place(places, prefix)
  end
  if added > 0 and call('HLEN', key) == added then
    S.keep(key)
    S.keep(places)
  end
  while call('ZCARD', places) > F.MOST_PREFIXES do
    call('HDEL', key, call('ZPOPMIN', places)[1])
    added = added - 1
  end
  if added ~= 0 then S.weigh(digest, ITEM_OVERHEAD * added) end
  return found
end

-- When a fingerprint was made, and its bytes.
function F.read(held) return string.match(held, '^(%S+) (.*)$') end
function F.drop(key, digest, message)
  local held = call('HGET', key, message)
  if not held then return end
  local _, fingerprint = F.read(held)
  call('HDEL', key, message)
  S.weigh(digest, -(ITEM_OVERHEAD + #fingerprint))
end
-- Hold the fingerprint of a request; returns that of the earlier one, if it is still held.
function ops.exchange(digest, shown, length, now, message, fingerprint, previous, at)
  local id = S.get(digest, shown, length, now)
  local key, places, found = S.own(id, 'fingerprints'), S.own(id, 'fingerprint_places'), false
  local before = previous ~= '' and call('HGET', key, previous)
  if before then
    local made, earlier = F.read(before)
    if tonumber(at) - tonumber(made) < F.LIFETIME then found = earlier end
  end
  F.drop(key, digest, message)
  call('HSET', key, message, at .. ' ' .. fingerprint)
  F.place(places, message)
  S.weigh(digest, ITEM_OVERHEAD + #fingerprint)
  if call('ZCARD', places) == 1 then
    S.keep(key)
    S.keep(places)
  end
  while call('ZCARD', places) > F.MOST_FINGERPRINTS do F.drop(key, digest, call('ZPOPMIN', places)[1]) end
  return found
end
