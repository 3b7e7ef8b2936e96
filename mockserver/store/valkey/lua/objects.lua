-- Objects of the API, and what holds their contents, which are files. Objects of a session: by kind and id in a hash; in
-- a list of names that are ordered by kind, number and id, and once more by parent; and by the time of their addition.
-- O.order and O.owners are needed for lists and expiry alone.
local O = {holders = P .. ':blobs', sizes = P .. ':blob_sizes', dead = P .. ':dead', owners = P .. ':object_owners',
  kinds = P .. ':object_kinds',
  most_removed = 10000, at_once = 500}
for _, name in ipairs({'objects', 'object_order', 'object_times', 'object_blobs', 'object_kinds', 'removed', 'removed_numbers'}) do
  table.insert(S.held, name)
end
for _, name in ipairs({'holders', 'sizes', 'owners', 'dead', 'kinds'}) do table.insert(S.common, O[name]) end

function O.field(kind, object) return kind .. '\0' .. object end
-- The places of an object in the order: among those of its kind, and of its parent.
function O.place(kind, number, object) return 'k\0' .. kind .. '\0' .. string.format('%016d', number) .. '\0' .. object end
function O.child(parent, number, kind, object)
  return 'p\0' .. parent .. '\0\0' .. kind .. '\0' .. string.format('%016d', number) .. '\0' .. object
end
function O.read(id, field)
  local held = call('HGET', S.own(id, 'objects'), field)
  return held and cmsgpack.unpack(held)
end
function O.size(object, held)
  local size = ITEM_OVERHEAD + #object + #held.data + #held.parent
  for _, name in ipairs(held.blobs) do size = size + #name end
  return size
end
function O.weigh(id, digest, by)
  S.weigh(digest, by)
  call('HINCRBY', S.key(digest), 'object_bytes', by)
end
-- A session has more, or (negative) fewer objects of a kind.
function O.note(id, digest, kind, by)
  local key = S.own(id, 'object_kinds')
  local held = call('HINCRBY', key, kind, by)
  if held == by then call('ZADD', O.kinds, 0, O.field(kind, digest))
  elseif held <= 0 then
    call('HDEL', key, kind)
    call('ZREM', O.kinds, O.field(kind, digest))
  end
end
function O.show(object, held) return {object, held.data, held.number, held.parent, held.blobs} end

-- Why contents cannot be held, if they cannot; ``blobs`` are names, each with the size of what is new, or -1.
function O.refuse(blobs)
  local new = 0
  for at = 1, #blobs, 2 do
    local size = tonumber(blobs[at + 1])
    if call('HEXISTS', O.holders, blobs[at]) == 0 then
      if size < 0 then return 'UNKNOWN ' .. blobs[at] end
      new = new + size
    end
  end
  if new > 0 and S.number('blob_bytes') + new > LIMITS.blob_bytes then
    return 'FULL The mock server holds ' .. LIMITS.blob_bytes .. ' bytes of files and batches at most (blob_bytes).'
  end
end
function O.take(id, name, size)
  if call('HINCRBY', O.holders, name, 1) == 1 then
    call('HSET', O.sizes, name, size)
    S.count('blob_bytes', size)
    call('SREM', O.dead, name)
  end
  call('HINCRBY', S.own(id, 'object_blobs'), name, 1)
end
-- So many objects of a session do not hold a content any more. One that nobody holds is dead: its file is to be removed.
function O.release(name, by)
  if call('HINCRBY', O.holders, name, -by) > 0 then return end
  S.count('blob_bytes', -tonumber(call('HGET', O.sizes, name) or 0))
  call('HDEL', O.holders, name)
  call('HDEL', O.sizes, name)
  call('SADD', O.dead, name)
  S.keep(O.dead)
end
-- Take an object out; its session stays.
function O.drop(id, digest, kind, object, held)
  local field = O.field(kind, object)
  call('HDEL', S.own(id, 'objects'), field)
  call('ZREM', S.own(id, 'object_times'), field)
  call('ZREM', S.own(id, 'object_order'), O.place(kind, held.number, object))
  if held.parent ~= '' then
    call('ZREM', S.own(id, 'object_order'), O.child(held.parent, held.number, kind, object))
  end
  O.weigh(id, digest, -O.size(object, held))
  O.note(id, digest, kind, -1)
  for _, name in ipairs(held.blobs) do
    local key = S.own(id, 'object_blobs')
    if call('HINCRBY', key, name, -1) <= 0 then call('HDEL', key, name) end
    O.release(name, 1)
  end
end
-- Remember the number of an object that is removed.
function O.remember(id, digest, field, number)
  local order, numbers = S.own(id, 'removed'), S.own(id, 'removed_numbers')
  if call('ZADD', order, S.count('removals'), field) == 1 then S.weigh(digest, ITEM_OVERHEAD) end
  call('HSET', numbers, field, number)
  if call('ZCARD', order) > O.most_removed then
    call('HDEL', numbers, call('ZPOPMIN', order)[1])
    S.weigh(digest, -ITEM_OVERHEAD)
  end
  S.keep(order)
  S.keep(numbers)
end
table.insert(kinds, function(id, digest)
  local held = call('HGETALL', S.own(id, 'object_blobs'))
  for at = 1, #held, 2 do O.release(held[at], tonumber(held[at + 1])) end
  for _, kind in ipairs(call('HKEYS', S.own(id, 'object_kinds'))) do call('ZREM', O.kinds, O.field(kind, digest)) end
  -- What holds the calls of lost sessions has no objects.
  if call('EXISTS', S.own(id, 'objects')) == 1 then call('ZREM', O.owners, digest) end
end)

-- Given that another object is as it is said, where one is named.
function ops.object_add(digest, shown, length, now, kind, object, data, parent, given_kind, given, given_data, ...)
  if given_kind ~= '' then
    local there = S.id(digest)
    local found = there and O.read(there, O.field(given_kind, given))
    if not found or found.data ~= given_data then return false end
  end
  local blobs, names = {...}, {}
  local refusal = O.refuse(blobs)
  if refusal then return redis.error_reply(refusal) end
  local id, field = S.get(digest, shown, length, now), O.field(kind, object)
  for at = 1, #blobs, 2 do
    names[#names + 1] = blobs[at]
    O.take(id, blobs[at], blobs[at + 1])
  end
  local before = O.read(id, field)
  if before then O.drop(id, digest, kind, object, before) end
  local held = {number = S.count('objects'), data = data, parent = parent, blobs = names}
  local time, order = string.format('%.3f', S.time()), S.own(id, 'object_order')
  call('HSET', S.own(id, 'objects'), field, cmsgpack.pack(held))
  call('ZADD', order, 0, O.place(kind, held.number, object))
  if parent ~= '' then call('ZADD', order, 0, O.child(parent, held.number, kind, object)) end
  call('ZADD', S.own(id, 'object_times'), time, field)
  call('ZADD', O.owners, 'NX', time, digest)
  O.weigh(id, digest, O.size(object, held))
  O.note(id, digest, kind, 1)
  for _, name in ipairs({'objects', 'object_order', 'object_times', 'object_blobs', 'object_kinds'}) do S.keep(S.own(id, name)) end
  for _, name in ipairs({'holders', 'sizes', 'owners', 'kinds'}) do S.keep(O[name]) end
  return held.number
end
function ops.object_get(digest, kind, object)
  local id = S.id(digest)
  local held = id and O.read(id, O.field(kind, object))
  return held and O.show(object, held) or false
end
function ops.object_replace(digest, kind, object, before, data)
  local id, field = S.id(digest), O.field(kind, object)
  local held = id and O.read(id, field)
  if not held or held.data ~= before then return 0 end
  held.data = data
  call('HSET', S.own(id, 'objects'), field, cmsgpack.pack(held))
  O.weigh(id, digest, #data - #before)
  return 1
end
function ops.object_remove(digest, kind, object)
  local id = S.id(digest)
  local held = id and O.read(id, O.field(kind, object))
  if not held then return 0 end
  O.drop(id, digest, kind, object, held)
  O.remember(id, digest, O.field(kind, object), held.number)
  local head = 'p\0' .. object .. '\0\0'
  local below = call('ZRANGEBYLEX', S.own(id, 'object_order'), '[' .. head, '(' .. string.sub(head, 1, -2) .. '\1')
  for _, place in ipairs(below) do
    local rest = string.sub(place, #head + 1)
    local name, child = string.match(rest, '^(%Z*)%z%d+%z(.*)$')
    local each = O.read(id, O.field(name, child))
    if each then
      O.drop(id, digest, name, child, each)
      O.remember(id, digest, O.field(name, child), each.number)
    end
  end
  return 1
end
function ops.object_number(digest, kind, object)
  local id, field = S.id(digest), O.field(kind, object)
  if not id then return false end
  local held = O.read(id, field)
  return held and held.number or tonumber(call('HGET', S.own(id, 'removed_numbers'), field) or nil) or false
end
-- Up to so many of a kind, or of a kind and a parent, latest first, or from the first where ``above`` is given.
function ops.object_page(digest, kind, most, has_parent, parent, below, above)
  local id = S.id(digest)
  if not id then return {} end
  local head = has_parent == '1' and 'p\0' .. parent .. '\0\0' .. kind .. '\0' or 'k\0' .. kind .. '\0'
  local lowest = above == '' and '[' .. head or '(' .. head .. string.format('%016d', above) .. '\1'
  local highest = '(' .. (below == '' and string.sub(head, 1, -2) .. '\1' or head .. string.format('%016d', below))
  local key, places = S.own(id, 'object_order')
  if above == '' then places = call('ZREVRANGEBYLEX', key, highest, lowest, 'LIMIT', 0, most)
  else places = call('ZRANGEBYLEX', key, lowest, highest, 'LIMIT', 0, most) end
  local found = {}
  for _, place in ipairs(places) do
    local object = string.sub(place, #head + 18)
    local held = O.read(id, O.field(kind, object))
    if held then found[#found + 1] = O.show(object, held) end
  end
  return found
end
function ops.object_count(digest, kind)
  local id = S.id(digest)
  return id and call('ZLEXCOUNT', S.own(id, 'object_order'), '[k\0' .. kind .. '\0', '(k\0' .. kind .. '\1') or 0
end
-- The sessions that have objects of a kind: digest, name, shown.
function ops.object_sessions(kind)
  local found = {}
  for _, member in ipairs(call('ZRANGEBYLEX', O.kinds, '[' .. kind .. '\0', '(' .. kind .. '\1')) do
    local digest = string.sub(member, #kind + 2)
    local held = call('HMGET', S.key(digest), 'name', 'shown')
    if held[2] then found[#found + 1] = {digest, held[1], held[2]} end
  end
  return found
end
-- Remove some objects that were added before a time; returns how many there were.
function ops.object_expire(before)
  local digest = call('ZRANGEBYSCORE', O.owners, '-inf', '(' .. before, 'LIMIT', 0, 1)[1]
  if not digest then return 0 end
  local id = S.id(digest)
  if not id then return call('ZREM', O.owners, digest) end
  local times = S.own(id, 'object_times')
  local old = call('ZRANGEBYSCORE', times, '-inf', '(' .. before, 'LIMIT', 0, O.at_once)
  for _, field in ipairs(old) do
    local kind, object = string.match(field, '^(%Z*)%z(.*)$')
    local held = O.read(id, field)
    if held then O.drop(id, digest, kind, object, held) else call('ZREM', times, field) end
  end
  local next = call('ZRANGE', times, 0, 0, 'WITHSCORES')
  if next[2] then call('ZADD', O.owners, next[2], digest) else call('ZREM', O.owners, digest) end
  return #old + 1
end

-- The size of a content that is held.
function ops.blob_size(name)
  local size = call('HGET', O.sizes, name)
  return size and tonumber(size)
end
function ops.blob_held() return S.number('blob_bytes') end
-- Some contents that nobody holds any more, each named once: who is told of them removes them.
function ops.blob_dead() return call('SPOP', O.dead, O.at_once) end
-- Those of some contents that nobody holds.
function ops.blob_unknown(...)
  local found = {}
  for _, name in ipairs({...}) do
    if call('HEXISTS', O.holders, name) == 0 then found[#found + 1] = name end
  end
  return found
end
