-- The journal. An entry is a hash; ENTRIES has the numbers of all, 'entries' those of a session, and of a session that
-- is gone those of its stray calls; 'requests' the latest number of each request of a session, for retries.
local J = {}
local ENTRIES = P .. ':entries'
table.insert(S.common, ENTRIES)
table.insert(S.held, 'entries')
table.insert(S.held, 'requests')

function J.key(number) return P .. ':e:' .. number end
function J.drop(number)
  local key = J.key(number)
  local held = call('HMGET', key, 'owner', 'size', 'request')
  call('ZREM', ENTRIES, number)
  call('UNLINK', key)
  if not held[1] then return nil end
  call('ZREM', S.own(held[1], 'entries'), number)
  local requests = S.own(held[1], 'requests')
  if call('HGET', requests, held[3]) == number then call('HDEL', requests, held[3]) end
  S.count('entry_bytes', -tonumber(held[2]))
  return held[1]
end
function J.drop_all(id)
  local numbers = call('ZRANGE', S.own(id, 'entries'), 0, -1)
  for _, number in ipairs(numbers) do J.drop(number) end
  return #numbers
end
table.insert(kinds, J.drop_all)
-- An entry makes room for later ones.
function J.make_way(number)
  local digest = call('HGET', J.key(number), 'digest')
  local owner = J.drop(number)
  if digest and S.id(digest) == owner then call('HINCRBY', S.key(digest), 'dropped', 1) end
end
function J.make_room(owner)
  local own = S.own(owner, 'entries')
  while call('ZCARD', own) > LIMITS.entries do J.make_way(call('ZRANGE', own, 0, 0)[1]) end
  while S.number('entry_bytes') > LIMITS.entry_bytes do
    local oldest = call('ZRANGE', ENTRIES, 0, 1)
    if #oldest < 2 then return end
    J.make_way(oldest[1])
  end
end
-- What holds the entries of a session: the session itself, and the place of its stray calls.
function J.owners(digest)
  local id, owners = S.id(digest), {}
  if id then owners[1] = id end
  if call('SISMEMBER', STRAYS, digest) == 1 then owners[#owners + 1] = S.stray_id(digest) end
  return owners
end
function J.is_there(owner, digest)
  if owner == S.stray_id(digest) then return call('SISMEMBER', STRAYS, digest) == 1 end
  return S.id(digest) == owner
end

-- Keep a place for an entry of which no call has begun; what holds it, and the place.
function ops.keep_entry(digest, label, length, now)
  return {S.owner(digest, label, length, now), S.place()}
end
-- Write an entry; returns its number, or 0 when what it belonged to is gone meanwhile. name is what somebody chose, or ''.
function ops.write_entry(digest, label, length, now, owner, place, size, request, is_retry, replica, name, shown,
    departure, data)
  local number = S.number_of(place)
  call('HINCRBY', NUMBERS, 'received', 1)
  if owner == '' then owner = S.owner(digest, label, length, now) end  -- the engine was gone when it was appended
  S.count('changes')
  if not J.is_there(owner, digest) then return 0 end
  local key, requests = J.key(number), S.own(owner, 'requests')
  call('HSET', key, 'owner', owner, 'digest', digest, 'size', size, 'request', request, 'at', now, 'replica', replica,
    'data', data)
  if departure ~= '' then call('HSET', key, 'departure', departure) end
  local earlier = is_retry == '1' and call('HGET', requests, request)
  if earlier and tonumber(earlier) < tonumber(number) then call('HSET', key, 'retry_of', earlier) end
  call('HSET', requests, request, number)
  call('ZADD', ENTRIES, number, number)
  call('ZADD', S.own(owner, 'entries'), number, number)
  S.keep(key)
  if call('ZCARD', S.own(owner, 'entries')) == 1 then
    S.keep(S.own(owner, 'entries'))
    S.keep(requests)
  end
  S.count('entry_bytes', size)
  if name ~= '' then S.name(digest, name, shown) end
  J.make_room(owner)
  return tonumber(number)
end
function ops.finish_entry(number, departure)
  if call('EXISTS', J.key(number)) == 1 then
    call('HSET', J.key(number), 'departure', departure)
    S.count('changes')
  end
end
-- How many places up to a number are still kept; last '': all so far. Behind that: the latest number.
function ops.kept_places(last)
  local latest = S.number('numbers')
  return {S.kept_places(last == '' and latest or tonumber(last)), latest}
end
-- Numbers above one, up to the last, of a session or ('') of all, each with its size.
function ops.list_entries(digest, after, last)
  local found = {}
  local lists = {ENTRIES}
  if digest ~= '' then
    lists = {}
    for at, owner in ipairs(J.owners(digest)) do lists[at] = S.own(owner, 'entries') end
  end
  for _, list in ipairs(lists) do
    for _, number in ipairs(call('ZRANGEBYSCORE', list, '(' .. after, last)) do
      found[#found + 1] = tonumber(number)
      found[#found + 1] = tonumber(call('HGET', J.key(number), 'size') or 0)
    end
  end
  return found
end
-- Entries by their numbers: departure, what it repeats, whether its replica is there, data; false for those gone.
function ops.read_entries(...)
  local found = {}
  for at, number in ipairs({...}) do
    local held = call('HMGET', J.key(number), 'departure', 'retry_of', 'replica', 'data')
    found[at] = held[4] and {held[1], held[2], S.is_alive(held[3]) and 1 or 0, held[4]}
  end
  return found
end
-- Of the entries of a session, or ('') of all, above a number, up to the last, and of some others: number, whether it is
-- under way. Behind the last, one may come that is written later than its next one.
function ops.follow(digest, after, last, ...)
  local rows, wanted = {}, {}
  local lists = {ENTRIES}
  if digest ~= '' then
    lists = {}
    for at, owner in ipairs(J.owners(digest)) do lists[at] = S.own(owner, 'entries') end
  end
  for _, list in ipairs(lists) do
    for _, number in ipairs({...}) do
      if call('ZSCORE', list, number) then wanted[#wanted + 1] = number end
    end
    for _, number in ipairs(call('ZRANGEBYSCORE', list, '(' .. after, last)) do wanted[#wanted + 1] = number end
  end
  for _, number in ipairs(wanted) do
    local held = call('HMGET', J.key(number), 'departure', 'replica')
    rows[#rows + 1] = tonumber(number)
    rows[#rows + 1] = (not held[1] and held[2] and S.is_alive(held[2])) and 1 or 0
  end
  return {S.number('clearings'), rows}
end
-- How many entries a session has, and the latest number, or false.
function ops.held_entries(digest)
  local entries, latest = 0, false
  for _, owner in ipairs(J.owners(digest)) do
    local list = S.own(owner, 'entries')
    entries = entries + call('ZCARD', list)
    local last = call('ZRANGE', list, -1, -1)[1]
    if last and (not latest or tonumber(last) > latest) then latest = tonumber(last) end
  end
  return {entries, latest}
end
function ops.clear_entries(digest)
  local cleared = 0
  for _, owner in ipairs(J.owners(digest)) do cleared = cleared + J.drop_all(owner) end
  call('HDEL', S.key(digest), 'dropped')
  S.note_clearing()
  return cleared
end
function ops.clear_all_entries()
  local numbers = call('ZRANGE', ENTRIES, 0, -1)
  for _, number in ipairs(numbers) do J.drop(number) end
  for _, digest in ipairs(call('ZRANGE', USED, 0, -1)) do call('HDEL', S.key(digest), 'dropped') end
  S.note_clearing()
  return #numbers
end
-- Drop up to so many of the oldest entries that were written before a time; returns how many there were.
function ops.expire_entries(before, most)
  local dropped = 0
  for _, number in ipairs(call('ZRANGE', ENTRIES, 0, most - 1)) do
    if tonumber(call('HGET', J.key(number), 'at') or 0) >= tonumber(before) then break end
    J.drop(number)
    dropped = dropped + 1
  end
  return dropped
end
function ops.received() return S.number('received') end
function ops.changes() return S.number('changes') end
-- How many entries of a session, or ('') of all, made room.
function ops.dropped_entries(digest)
  local digests = digest ~= '' and {digest} or call('ZRANGE', USED, 0, -1)
  local dropped = 0
  for _, each in ipairs(digests) do dropped = dropped + tonumber(call('HGET', S.key(each), 'dropped') or 0) end
  return dropped
end
