-- Figures of calls, which Python packs and adds up. Each session has its own. TOTALS has what each replica has counted
-- since the latest reset of all, which are the figures of all sessions; EARLIER what was counted before, as a list.
local F = {}
local TOTALS, EARLIER = P .. ':totals', P .. ':earlier'
table.insert(S.common, TOTALS)
table.insert(S.common, EARLIER)
table.insert(S.held, 'figures')

function F.era() return S.number('figure_eras') + 1 end
function F.end_era()
  for _, data in ipairs(call('HVALS', TOTALS)) do
    if call('RPUSH', EARLIER, data) == 1 then S.keep(EARLIER) end
  end
  call('UNLINK', TOTALS)
  S.count('figure_eras')
end
table.insert(kinds, function(_, digest)
  if digest == 'server' then F.end_era() end
end)
function F.clear(digest)
  local id = S.id(digest)
  if not id then return end
  local own = S.own(id, 'figures')
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
-- Put figures in the place of others, if all these are still those of their revision: digest, id, revision, size, data
-- of each session. What the replica has counted in all is whole if it was put in this era and is still there, else added.
-- Returns the era (0: nothing was put), and whether that was so.
function ops.put_figures(replica, era, whole, added, ...)
  local args = {...}
  for at = 1, #args, 5 do
    if S.id(args[at]) ~= args[at + 1] or (call('HGET', S.own(args[at + 1], 'figures'), 'revision') or '') ~= args[at + 2] then
      return {0, 0}
    end
  end
  for at = 1, #args, 5 do
    local own = S.own(args[at + 1], 'figures')
    S.weigh(args[at], args[at + 3] - tonumber(call('HGET', own, 'size') or 0))
    call('HSET', own, 'revision', S.count('figure_revisions'), 'size', args[at + 3], 'data', args[at + 4])
    if args[at + 2] == '' then S.keep(own) end
  end
  local is_known = tonumber(era) == F.era() and call('HEXISTS', TOTALS, replica) == 1
  call('HSET', TOTALS, replica, is_known and whole or added)
  if call('HLEN', TOTALS) == 1 then S.keep(TOTALS) end
  return {F.era(), is_known and 1 or 0}
end
-- What was counted, and, if wanted, what was counted earlier.
function ops.all_figures(with_earlier)
  local found = call('HVALS', TOTALS)
  if with_earlier == '1' then
    for _, data in ipairs(call('LRANGE', EARLIER, 0, -1)) do found[#found + 1] = data end
  end
  return found
end
-- The first of earlier, if they are many.
function ops.many_earlier()
  return call('LLEN', EARLIER) > 50 and call('LRANGE', EARLIER, 0, 49) or {}
end
-- Put one in place of the first so many, of which the first is this.
function ops.join_earlier(number, first, data)
  if call('LINDEX', EARLIER, 0) ~= first or call('LLEN', EARLIER) < tonumber(number) then return end
  call('LTRIM', EARLIER, number, -1)
  call('RPUSH', EARLIER, data)
end
-- What replicas have counted that are gone, each behind its name, if they are many.
function ops.gone_totals()
  local found = {}
  if call('HLEN', TOTALS) <= 50 then return found end
  for _, replica in ipairs(call('HKEYS', TOTALS)) do
    if not S.is_alive(replica) then
      found[#found + 1] = replica
      found[#found + 1] = call('HGET', TOTALS, replica)
    end
    if #found >= 100 then break end
  end
  return #found > 2 and found or {}
end
-- Put one in place of those, if they all are there, and gone.
function ops.join_totals(data, ...)
  for _, replica in ipairs({...}) do
    if call('HEXISTS', TOTALS, replica) == 0 or S.is_alive(replica) then return end
  end
  call('HDEL', TOTALS, ...)
  call('HSET', TOTALS, 'joined:' .. S.count('figure_joins'), data)
end
function ops.clear_figures(digest) F.clear(digest) end
-- Of up to so many of the sessions used after a place; returns the place of the last one, or '' where there are no more.
function ops.clear_some_figures(after, most)
  local used = call('ZRANGEBYSCORE', USED, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
  for at = 1, #used, 2 do F.clear(used[at]) end
  return #used < 2 * most and '' or used[#used]
end
function ops.end_figures() F.end_era() end
