-- Scripts added to sessions, or for all (digest 'server'). 'scripts' has each by its id, also those that were removed
-- not long ago, 'texts' their texts by digests; of the session's hash script_ids and removed_ids are lists that Python
-- packs, scripts_at is another number after each change.
local C = {OWNERS = P .. ':owners'}
table.insert(S.common, C.OWNERS)
table.insert(S.held, 'scripts')
table.insert(S.held, 'texts')
table.insert(kinds, function (id, digest)
  if S.id(digest) == id then call('SREM', C.OWNERS, digest) end
end)

-- Another number when the engine has lost all and begins anew: ids of scripts do too.
function C.epoch()
  call('HSETNX', NUMBERS, 'epoch', table.concat(call('TIME')))
  return tonumber(call('HGET', NUMBERS, 'epoch'))
end
-- Values of a hash, which may be many, in the order of the names.
function C.get_all(key, names)
  local found = {}
  for at = 1, #names, 1000 do
    local values = call('HMGET', key, unpack(names, at, math.min(at + 999, #names)))
    for place = 1, #values do found[at + place - 1] = values[place] end
  end
  return found
end
function C.set_all(key, pairs)
  for at = 1, #pairs, 2 do call('HSET', key, pairs[at], pairs[at + 1]) end
  S.keep(key)
end
function C.delete_all(key, names)
  for _, name in ipairs(names) do call('HDEL', key, name) end
end

-- What a change begins with; so many ids are kept for it, of which the last is told.
function ops.script_state(digest, ids)
  local held = call('HMGET', S.key(digest), 'id', 'scripts_at', 'script_ids', 'removed_ids', 'additions')
  return {held[1] or '', held[2] or '', held[3], held[4], tonumber(held[5] or 0), C.epoch(), S.count('scripts', ids)}
end
-- Change the list, unless somebody else did meanwhile: returns whether it is done. lists are those of scripts and of
-- removed ones, or ''; changed are four lists: ids and scripts, names and texts, ids and names that are gone.
function ops.put_scripts(digest, shown, length, now, id, at, additions, script_ids, removed_ids, size, changed)
  local key = S.key(digest)
  local held = call('HMGET', key, 'id', 'scripts_at', 'script_bytes')
  if (held[1] or '') ~= id or (held[2] or '') ~= at then return 0 end
  if additions ~= '' then S.recall(digest) end
  id = S.get(digest, shown, length, now)
  local rows, texts, gone, gone_texts = unpack(cmsgpack.unpack(changed))
  C.delete_all(S.own(id, 'scripts'), gone)
  C.delete_all(S.own(id, 'texts'), gone_texts)
  C.set_all(S.own(id, 'scripts'), rows)
  C.set_all(S.own(id, 'texts'), texts)
  if additions ~= '' then call('HSET', key, 'additions', additions) end
  call('HSET', key, 'scripts_at', S.count('script_lists'), 'removed_ids', removed_ids, 'script_bytes', size)
  S.weigh(digest, size - tonumber(held[3] or 0))
  if script_ids == '' then
    call('HDEL', key, 'script_ids')
    call('SREM', C.OWNERS, digest)
  else
    call('HSET', key, 'script_ids', script_ids)
    if digest ~= 'server' then
      call('SADD', C.OWNERS, digest)
      S.keep(C.OWNERS)
    end
  end
  S.stamp(digest)
  return 1
end
function ops.script_rows(digest, ids)
  local id, names = S.id(digest), {}
  for name in string.gmatch(ids, '%d+') do names[#names + 1] = name end
  return id and C.get_all(S.own(id, 'scripts'), names) or {}
end
function ops.script_texts(digest, names)
  local id = S.id(digest)
  return id and C.get_all(S.own(id, 'texts'), cmsgpack.unpack(names)) or {}
end
-- Which of these scripts a session holds, also of those removed: the epoch, then 1 or 0 for each.
function ops.held_scripts(digest, ids)
  local id, found = S.id(digest), {C.epoch()}
  for name in string.gmatch(ids, '%d+') do
    found[#found + 1] = id and call('HEXISTS', S.own(id, 'scripts'), name) or 0
  end
  return found
end
function ops.additions(digest) return tonumber(call('HGET', S.key(digest), 'additions') or 0) end
-- The sessions that have scripts, as they were used: digest, name and shown of each.
function ops.owners()
  local used = {}
  for _, digest in ipairs(call('SMEMBERS', C.OWNERS)) do
    used[#used + 1] = {tonumber(call('ZSCORE', USED, digest) or 0), digest}
  end
  table.sort(used, function (one, other) return one[1] < other[1] end)
  for at, owner in ipairs(used) do
    local held = call('HMGET', S.key(owner[2]), 'name', 'shown')
    used[at] = {owner[2], held[1], held[2] or ''}
  end
  return used
end
