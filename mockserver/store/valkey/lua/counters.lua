-- Counters of scripts. 'counts' has how many answers each has used up, 'returned' the positions that were taken and
-- given back: they are below those that are still out, so that the next one after them is counts + returned.
local T = {WIDTH = '%016d'}
table.insert(S.held, 'returned')

-- Positions of a counter are members of one sorted set, told apart by the name, whose length stands in front of it.
function T.prefix(counter) return #counter .. ':' .. counter .. ':' end
function T.bounds(counter)
  local prefix = T.prefix(counter)
  return '[' .. prefix, '(' .. prefix .. ':'
end
function T.make_counts(id, digest, counter)
  local key = S.own(id, 'counts')
  if call('HEXISTS', key, counter) == 1 then return end
  S.weigh(digest, ITEM_OVERHEAD)
  if call('EXISTS', key) == 0 then
    call('HSET', key, counter, 0)
    S.keep(key)
  end
end

-- Use up the next answer: its position or -1, the session's id, and how many are used up now. An endless script has
-- length -1.
function ops.take(digest, shown, length, now, counter, answers, moves_on)
  local id = S.get(digest, shown, length, now)
  if moves_on == '1' then call('HSETNX', S.key(digest), 'moved', '1') end
  local counts, returned = S.own(id, 'counts'), S.own(id, 'returned')
  local from, to = T.bounds(counter)
  local first = call('ZRANGEBYLEX', returned, from, to, 'LIMIT', 0, 1)[1]
  if first then
    call('ZREM', returned, first)
    return {tonumber(string.sub(first, #from)), id, call('HINCRBY', counts, counter, 1)}
  end
  local count = tonumber(call('HGET', counts, counter) or 0)
  answers = tonumber(answers)
  if answers >= 0 and count >= answers then return {-1, id, count} end
  T.make_counts(id, digest, counter)
  return {count, id, call('HINCRBY', counts, counter, 1)}
end
function ops.put_back(digest, counter, position, era)
  local id = S.id(digest)
  if id ~= era then return end
  local counts, returned = S.own(id, 'counts'), S.own(id, 'returned')
  local from, to = T.bounds(counter)
  local taken = tonumber(call('HGET', counts, counter) or 0) + call('ZLEXCOUNT', returned, from, to)
  if tonumber(position) >= taken then return end
  local member = T.prefix(counter) .. string.format(T.WIDTH, position)
  if call('ZADD', returned, 0, member) == 1 then
    call('HINCRBY', counts, counter, -1)
    if call('ZCARD', returned) == 1 then S.keep(returned) end
  end
end
function ops.counts(digest)
  local id = S.id(digest)
  return id and call('HGETALL', S.own(id, 'counts')) or {}
end
function ops.era(digest, shown, length, now) return S.get(digest, shown, length, now) end
