-- The journal. An entry is a hash; ENTRIES has all, 'entries' those of a session, and of a session that is gone those of
-- its stray calls, both by number, each as NUMBER:SIZE:PARTS; 'requests' the latest number of each request of a session,
-- for retries. DROPPED has how many entries of each session made room. Python asks in steps that take a bounded time.
local J = {}
local ENTRIES, DROPPED = P .. ':entries', P .. ':dropped'
table.insert(S.common, ENTRIES)
table.insert(S.common, DROPPED)
table.insert(S.held, 'entries')
table.insert(S.held, 'requests')
-- Arguments of one command.
J.most = 1000
-- Seconds for which the parts of an entry wait for it.
J.part_ttl = 600

function J.key(number) return P .. ':e:' .. number end
function J.part_key(name, part) return P .. ':e:' .. name .. ':' .. part end
function J.read(member) return string.match(member, '^(%d+):(%d+):(%d+)$') end
-- The keys of an entry.
function J.add_keys(keys, number, parts)
  keys[#keys + 1] = J.key(number)
  for part = 0, parts - 1 do keys[#keys + 1] = J.part_key(number, part) end
end
function J.call_many(command, key, values)
  for at = 1, #values, J.most do
    local last = math.min(at + J.most - 1, #values)
    if key then call(command, key, unpack(values, at, last)) else call(command, unpack(values, at, last)) end
  end
end
-- Drop an entry; returns what held it.
function J.drop(member)
  local number, size, parts = J.read(member)
  local held = call('HMGET', J.key(number), 'owner', 'request')
  call('ZREM', ENTRIES, member)
  local keys = {}
  J.add_keys(keys, number, parts)
  call('UNLINK', unpack(keys))
  S.count('entry_bytes', -tonumber(size))
  if not held[1] then return nil end
  call('ZREM', S.own(held[1], 'entries'), member)
  local requests = S.own(held[1], 'requests')
  if call('HGET', requests, held[2]) == number then call('HDEL', requests, held[2]) end
  return held[1]
end
-- Drop the first entries of a session, up to so many (-1: all); returns how many.
function J.drop_first(id, most)
  local own = S.own(id, 'entries')
  local members = call('ZRANGE', own, 0, most < 0 and -1 or most - 1)
  local keys, bytes = {}, 0
  for _, member in ipairs(members) do
    local number, size, parts = J.read(member)
    J.add_keys(keys, number, parts)
    bytes = bytes + size
  end
  J.call_many('ZREM', ENTRIES, members)
  J.call_many('UNLINK', nil, keys)
  S.count('entry_bytes', -bytes)
  if #members == call('ZCARD', own) then call('UNLINK', own, S.own(id, 'requests'))
  else
    -- Of what is left a retry may still be linked to those that go.
    call('ZREMRANGEBYRANK', own, 0, #members - 1)
  end
  return #members
end
table.insert(kinds, function(id, digest)
  J.drop_first(id, -1)
  if digest ~= 'server' and S.id(digest) == id then call('HDEL', DROPPED, digest) end
end)
-- An entry makes room for later ones.
function J.make_way(member)
  local number = J.read(member)
  local digest = call('HGET', J.key(number), 'digest')
  local owner = J.drop(member)
  if digest and S.id(digest) == owner then call('HINCRBY', DROPPED, digest, 1) end
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
-- The lists of entries of a session, or ('') of all.
function J.lists(digest)
  if digest == '' then return {ENTRIES} end
  local lists = {}
  for at, owner in ipairs(J.owners(digest)) do lists[at] = S.own(owner, 'entries') end
  return lists
end
function J.is_there(owner, digest)
  if owner == S.stray_id(digest) then return call('SISMEMBER', STRAYS, digest) == 1 end
  return S.id(digest) == owner
end

-- Keep a place for an entry of which no call has begun; what holds it, and the place.
function ops.keep_entry(digest, label, length, now)
  return {S.owner(digest, label, length, now), S.place()}
end
-- Do an operation once: a replica that heard no answer asks again, under the same number, before it asks for another.
function ops.once(replica, number, operation, ...)
  local key = S.step_key(replica)
  local held = call('HMGET', key, 'number', 'answer')
  if held[1] == number then return cmsgpack.unpack(held[2]) end
  local answer = ops[operation](...)
  call('HSET', key, 'number', number, 'answer', cmsgpack.pack(answer))
  S.keep(key)
  return answer
end
-- Write an entry; returns its number, or 0 when what it belonged to is gone meanwhile. name is what somebody chose, or '';
-- parts is how many parts of the record wait under the replica's ticket.
function J.write(digest, label, length, now, owner, place, size, request, is_retry, replica, name, shown, departure, data,
    parts, ticket)
  local number = S.number_of(place)
  call('HINCRBY', NUMBERS, 'received', 1)
  if owner == '' then owner = S.owner(digest, label, length, now) end  -- the engine was gone when it was appended
  if not J.is_there(owner, digest) then return 0 end
  local key, requests, entries = J.key(number), S.own(owner, 'requests'), S.own(owner, 'entries')
  for part = 0, parts - 1 do
    local waiting, kept = J.part_key(replica .. ':' .. ticket, part), J.part_key(number, part)
    if call('EXISTS', waiting) == 0 then return 0 end
    call('RENAME', waiting, kept)
    call('PERSIST', kept)
    S.keep(kept)
  end
  call('HSET', key, 'owner', owner, 'digest', digest, 'request', request, 'at', now, 'replica', replica, 'data', data)
  if departure ~= '' then call('HSET', key, 'departure', departure) end
  if parts ~= '0' then call('HSET', key, 'parts', parts) end
  local earlier = is_retry == '1' and call('HGET', requests, request)
  if earlier and tonumber(earlier) < tonumber(number) then call('HSET', key, 'retry_of', earlier) end
  call('HSET', requests, request, number)
  local member = number .. ':' .. size .. ':' .. parts
  call('ZADD', ENTRIES, number, member)
  call('ZADD', entries, number, member)
  S.keep(key)
  if call('ZCARD', entries) == 1 then
    S.keep(entries)
    S.keep(requests)
  end
  S.count('entry_bytes', size)
  if name ~= '' then S.name(digest, name, shown) end
  J.make_room(owner)
  return tonumber(number)
end
-- Write entries: of each what J.write takes; returns the number of each.
function ops.write_entries(...)
  local args, numbers = {...}, {}
  for at = 1, #args, 16 do numbers[#numbers + 1] = J.write(unpack(args, at, at + 15)) end
  S.count('changes')
  return numbers
end
-- A part of an entry that is to be written.
function ops.keep_part(replica, ticket, part, data)
  call('SET', J.part_key(replica .. ':' .. ticket, part), data, 'EX', J.part_ttl)
end
-- Entries that a replica dropped while they waited: digest, what held them, how many.
function ops.note_dropped(...)
  local args = {...}
  for at = 1, #args, 3 do
    call('HINCRBY', NUMBERS, 'received', args[at + 2])
    local id = S.id(args[at])
    if id and (args[at + 1] == id or args[at + 1] == '') then call('HINCRBY', DROPPED, args[at], args[at + 2]) end
  end
  return {}
end
-- Note how answers left: number, departure of each.
function ops.finish_entries(...)
  local args = {...}
  for at = 1, #args, 2 do
    local key = J.key(args[at])
    if call('EXISTS', key) == 1 then call('HSET', key, 'departure', args[at + 1]) end
  end
  S.count('changes')
end
-- How many places up to a number are still kept; last '': all so far. Behind that: the latest number.
function ops.kept_places(last)
  local latest = S.number('numbers')
  return {S.kept_places(last == '' and latest or tonumber(last)), latest}
end
-- The first so many entries of a session, or ('') of all, above a number, up to the last: as NUMBER:SIZE:PARTS.
function ops.list_entries(digest, after, last, most)
  local lists = J.lists(digest)
  if #lists == 1 then return call('ZRANGEBYSCORE', lists[1], '(' .. after, last, 'LIMIT', 0, most) end
  local found = {}
  for _, list in ipairs(lists) do
    for _, member in ipairs(call('ZRANGEBYSCORE', list, '(' .. after, last, 'LIMIT', 0, most)) do
      found[#found + 1] = member
    end
  end
  return found
end
-- Entries by their numbers: departure, what it repeats, whether its replica is there, parts, data; false for those gone.
function ops.read_entries(...)
  local found, alive = {}, {}
  for at, number in ipairs({...}) do
    local held = call('HMGET', J.key(number), 'departure', 'retry_of', 'replica', 'parts', 'data')
    local replica = held[3]
    if held[5] and alive[replica] == nil then alive[replica] = S.is_alive(replica) and 1 or 0 end
    found[at] = held[5] and {held[1], held[2], alive[replica], tonumber(held[4] or 0), held[5]}
  end
  return found
end
function ops.read_part(number, part) return call('GET', J.part_key(number, part)) end
-- Up to so many of the entries of a session, or ('') of all, above a number and up to the last ('': there is none), and
-- some others: number, whether it is under way. Before that: how often entries were cleared.
function ops.follow(digest, after, last, most, ...)
  local rows, wanted, alive = {}, {}, {}
  for _, list in ipairs(J.lists(digest)) do
    for _, number in ipairs({...}) do
      if call('ZCOUNT', list, number, number) == 1 then wanted[#wanted + 1] = number end
    end
    for _, member in ipairs(call('ZRANGEBYSCORE', list, '(' .. after, last, 'LIMIT', 0, most)) do
      wanted[#wanted + 1] = J.read(member)
    end
  end
  for _, number in ipairs(wanted) do
    local held = call('HMGET', J.key(number), 'departure', 'replica')
    local replica = held[2]
    if replica and alive[replica] == nil then alive[replica] = S.is_alive(replica) end
    rows[#rows + 1] = tonumber(number)
    rows[#rows + 1] = (not held[1] and replica and alive[replica]) and 1 or 0
  end
  return {S.number('clearings'), rows}
end
-- How many entries a session has, and the latest number, or false.
function ops.held_entries(digest)
  local entries, latest = 0, false
  for _, list in ipairs(J.lists(digest)) do
    entries = entries + call('ZCARD', list)
    local last = call('ZRANGE', list, -1, -1, 'WITHSCORES')[2]
    if last and (not latest or tonumber(last) > latest) then latest = tonumber(last) end
  end
  return {entries, latest}
end
-- Drop up to so many entries of a session; returns how many there were.
function ops.clear_entries(digest, most)
  local cleared = 0
  for _, owner in ipairs(J.owners(digest)) do cleared = cleared + J.drop_first(owner, most - cleared) end
  if cleared < tonumber(most) then
    call('HDEL', DROPPED, digest)
    S.note_clearing()
  end
  return cleared
end
-- Drop up to so many entries of all, up to the last; returns how many there were.
function ops.clear_all_entries(last, most)
  local members = call('ZRANGEBYSCORE', ENTRIES, '-inf', last, 'LIMIT', 0, most)
  for _, member in ipairs(members) do J.drop(member) end
  if #members < tonumber(most) then
    call('UNLINK', DROPPED)
    S.note_clearing()
  end
  return #members
end
-- Drop up to so many of the oldest entries that were written before a time; returns how many there were.
function ops.expire_entries(before, most)
  local dropped = 0
  for _, member in ipairs(call('ZRANGE', ENTRIES, 0, most - 1)) do
    local number = J.read(member)
    if tonumber(call('HGET', J.key(number), 'at') or 0) >= tonumber(before) then break end
    J.drop(member)
    dropped = dropped + 1
  end
  return dropped
end
function ops.received() return S.number('received') end
function ops.changes() return S.number('changes') end
-- How many entries of a session made room.
function ops.dropped_entries(digest) return tonumber(call('HGET', DROPPED, digest) or 0) end
-- The same of all, each by itself.
function ops.all_dropped() return call('HVALS', DROPPED) end
