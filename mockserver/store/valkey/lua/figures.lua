-- Figures of calls, which Python packs and adds up: each session has its own; what sessions lose is kept in SETTLED, of
-- before the latest reset of all in EARLIER, as lists of packed figures.
local F = {}
local SETTLED, EARLIER = P .. ':settled', P .. ':earlier'
table.insert(S.common, SETTLED)
table.insert(S.common, EARLIER)
table.insert(S.held, 'figures')

function F.add(list, data)
  if call('RPUSH', list, data) == 1 then S.keep(list) end
end
-- All keep what a session loses.
function F.settle(id)
  local data = call('HGET', S.own(id, 'figures'), 'data')
  if data then F.add(SETTLED, data) end
end
function F.end_era()
  for _, data in ipairs(call('LRANGE', SETTLED, 0, -1)) do F.add(EARLIER, data) end
  call('UNLINK', SETTLED)
end
table.insert(kinds, function(id, digest)
  if digest == 'server' then F.end_era() else F.settle(id) end
end)
function F.clear(id, digest)
  local own = S.own(id, 'figures')
  F.settle(id)
  S.weigh(digest, -tonumber(call('HGET', own, 'size') or 0))
  call('UNLINK', own)
end

-- The figures of a session: its id ('': there is none), their revision, and data.
function ops.figures(digest)
  local id = S.id(digest)
  if not id then return {'', '', false} end
  local held = call('HMGET', S.own(id, 'figures'), 'revision', 'data')
  return {id, held[1] or '', held[2]}
end
-- Put others in their place, if they are still those of that revision.
function ops.put_figures(digest, id, revision, size, data)
  local own = S.own(id, 'figures')
  if S.id(digest) ~= id or (call('HGET', own, 'revision') or '') ~= revision then return 0 end
  S.weigh(digest, size - tonumber(call('HGET', own, 'size') or 0))
  call('HSET', own, 'revision', S.count('figure_revisions'), 'size', size, 'data', data)
  if revision == '' then S.keep(own) end
  return 1
end
function ops.settle_figures(data) F.add(SETTLED, data) end
-- The figures of all sessions, those settled, and, if wanted, those of earlier.
function ops.all_figures(with_earlier)
  local found = call('LRANGE', SETTLED, 0, -1)
  for _, digest in ipairs(call('ZRANGE', USED, 0, -1)) do
    local data = call('HGET', S.own(S.id(digest) or '', 'figures'), 'data')
    if data then found[#found + 1] = data end
  end
  if with_earlier == '1' then
    for _, data in ipairs(call('LRANGE', EARLIER, 0, -1)) do found[#found + 1] = data end
  end
  return found
end
-- The first of what is settled ('0') or earlier ('1'), if they are many.
function ops.many_figures(list)
  local key = list == '1' and EARLIER or SETTLED
  return call('LLEN', key) > 50 and call('LRANGE', key, 0, 49) or {}
end
-- Put one in place of the first so many, of which the first is this.
function ops.join_figures(list, number, first, data)
  local key = list == '1' and EARLIER or SETTLED
  if call('LINDEX', key, 0) ~= first or call('LLEN', key) < tonumber(number) then return end
  call('LTRIM', key, number, -1)
  F.add(key, data)
end
function ops.clear_figures(digest)
  local id = S.id(digest)
  if id then F.clear(id, digest) end
end
function ops.clear_all_figures()
  for _, digest in ipairs(call('ZRANGE', USED, 0, -1)) do F.clear(S.id(digest) or '', digest) end
  F.end_era()
end
