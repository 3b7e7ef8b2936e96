-- Sessions. P is what all keys begin with; LIMITS are the bounds of the settings; ops are the operations, by name.
-- kinds are functions (id, digest) that remove what is held of a session that ends; each part adds its own. What they
-- need not weigh or take out of lists is removed by its name in S.held; what all sessions share is named in S.common.
-- Parts that are not always run add what they have to S.held and S.common, S.load_all runs all of them.
local call = redis.call
local SESSION_OVERHEAD, ITEM_OVERHEAD = 2048, 128
local NUMBERS, USED, SIZES, LOST, LOST_CALLS, STRAYS = P .. ':numbers', P .. ':used', P .. ':sizes', P .. ':lost',
  P .. ':lost_calls', P .. ':strays'
-- What seldom changes of a session, in the order in which Data of Python reads it.
local SEEN = {'id', 'stamp', 'digest', 'name', 'shown', 'moved', 'overrides', 'faults', 'faults_at', 'faults_left',
  'clock', 'scripts_at', 'script_ids'}
local S = {
  -- What a session holds besides its hash: the names of the keys S.own(id, name).
  held = {'counts'},
  -- Whole keys that all sessions share.
  common = {NUMBERS, USED, SIZES, LOST, LOST_CALLS, STRAYS},
  -- Fields of its hash that a reset leaves.
  kept = {'digest', 'name', 'shown', 'length', 'used_at', 'additions'},
  -- Sessions that one call makes room of, and counters that come with a view of a session.
  most_dropped = 200, most_counts = 100,
}

function S.number(name) return tonumber(call('HGET', NUMBERS, name) or 0) end
-- Redis does not read Lua's -0; adding 0 makes it 0.
function S.count(name, by) return call('HINCRBY', NUMBERS, name, (by or 1) + 0) end
-- The key of a session, or of what is set for all: digest 'server'.
function S.key(digest) return P .. ':s:' .. digest end
-- The key of something that is held of a session; id is another one after each reset.
function S.own(id, name) return P .. ':i:' .. id .. ':' .. name end
function S.id(digest) return call('HGET', S.key(digest), 'id') end
-- Another one for each change. An engine that has lost all begins elsewhere, so that nobody takes what was for what is.
function S.next_stamp()
  local stamp = S.count('stamps')
  if stamp > 1 then return stamp end
  local time = call('TIME')
  return S.count('stamps', time[1] * 1000000 + time[2])
end
-- What is known of it has changed.
function S.stamp(digest) call('HSET', S.key(digest), 'stamp', S.next_stamp()) end
-- A key goes by itself when nobody uses the mock any more. To be called when one is made.
function S.keep(key)
  if LIMITS.ttl then call('EXPIRE', key, LIMITS.ttl) end
end
-- It weighs so many bytes more, which may be Lua's -0. Nothing is noted of a session that is gone.
function S.weigh(digest, by)
  if digest == 'server' then S.count('server_bytes', by)
  elseif call('HEXISTS', SIZES, digest) == 1 then
    call('HINCRBY', SIZES, digest, by + 0)
    S.count('session_bytes', by)
  end
end

-- Whether keys got their time long ago.
function S.is_stale(kept, now)
  return LIMITS.ttl and math.abs(tonumber(now) - (tonumber(kept or 0))) >= LIMITS.ttl / 20
end
-- The keys of a session, and those of all, get their time anew, where that was long ago.
function S.refresh(digest, id, now)
  S.load_all()
  call('HSET', S.key(digest), 'kept_at', now)
  S.keep(S.key(digest))
  for _, name in ipairs(S.held) do S.keep(S.own(id, name)) end
  if not S.is_stale(call('HGET', NUMBERS, 'kept_at'), now) then return end
  call('HSET', NUMBERS, 'kept_at', now)
  for _, key in ipairs(S.common) do S.keep(key) end
  if digest ~= 'server' then S.refresh('server', S.get('server', '', 0, now), now) end
end

-- The id of a session, which is made when it is new.
function S.get(digest, shown, length, now)
  local id = S.id(digest)
  if id then return id end
  id = tostring(S.count('ids'))
  call('HSET', S.key(digest), 'id', id, 'digest', digest, 'shown', shown, 'length', length, 'stamp', S.next_stamp(),
    'used_at', now, 'kept_at', now)
  S.keep(S.key(digest))
  if digest ~= 'server' then
    call('ZADD', USED, S.count('uses'), digest)
    call('HSET', SIZES, digest, 0)
    S.weigh(digest, SESSION_OVERHEAD + length)
  end
  if S.is_stale(call('HGET', NUMBERS, 'kept_at'), now) then S.refresh(digest, id, tonumber(now)) end
  return id
end
function S.is_lost(digest) return call('ZSCORE', LOST, digest) and true or false end
-- What was lost of it before does not matter any more.
function S.recall(digest)
  if call('ZREM', LOST, digest) == 1 then call('HDEL', LOST_CALLS, digest) end
end
-- What holds the calls of sessions that are gone; it is none of the sessions.
function S.stray_id(digest) return 'x' .. digest end
-- The id of what holds the entries of a session's calls: the session, made when it is new, or, when it is lost, a place
-- of its own that is emptied with it.
function S.owner(digest, shown, length, now)
  local id = S.id(digest)
  if id then return id end
  if not S.is_lost(digest) then return S.get(digest, shown, length, now) end
  call('SADD', STRAYS, digest)
  return S.stray_id(digest)
end
function S.empty(id, digest)
  S.load_all()
  for _, kind in ipairs(kinds) do kind(id, digest) end
  local keys = {}
  for at, name in ipairs(S.held) do keys[at] = S.own(id, name) end
  call('UNLINK', unpack(keys))
end
function S.clear_strays(digest)
  if call('SREM', STRAYS, digest) == 1 then S.empty(S.stray_id(digest), digest) end
end
-- Remove a session with all it holds.
function S.drop(digest)
  local id = S.id(digest)
  if id then S.empty(id, digest) end
  S.count('session_bytes', -tonumber(call('HGET', SIZES, digest) or 0))
  call('HDEL', SIZES, digest)
  call('ZREM', USED, digest)
  call('UNLINK', S.key(digest))
  S.clear_strays(digest)
end
-- Put a session back to its beginning, or what is set for all; returns its new id, or nil where there is none.
function S.reset(digest, now)
  local key, id = S.key(digest), S.id(digest)
  if not id then return nil end
  S.empty(id, digest)
  local held = call('HMGET', key, unpack(S.kept))
  call('UNLINK', key)
  id = tostring(S.count('ids'))
  call('HSET', key, 'id', id, 'stamp', S.next_stamp())
  for at, name in ipairs(S.kept) do
    if held[at] then call('HSET', key, name, held[at]) end
  end
  if digest == 'server' then call('HSET', NUMBERS, 'server_bytes', 0)
  else
    local size = SESSION_OVERHEAD + call('HGET', key, 'length')
    S.weigh(digest, size - tonumber(call('HGET', SIZES, digest) or size))
  end
  if LIMITS.ttl then S.refresh(digest, id, tonumber(now)) end
  return id
end

-- Remember that what was scripted for a session is gone.
function S.lose(digest)
  if not S.is_lost(digest) then call('ZADD', LOST, S.count('uses'), digest) end
  call('HSET', LOST_CALLS, digest, 0)
  if call('ZCARD', LOST) > LIMITS.lost then
    local oldest = call('ZPOPMIN', LOST)[1]
    call('HDEL', LOST_CALLS, oldest)
    S.clear_strays(oldest)
  end
end
function S.is_scripted(digest)
  local held = call('HMGET', S.key(digest), 'moved', 'overrides', 'faults', 'clock', 'script_ids', 'object_bytes')
  for at = 1, 5 do
    if held[at] then return true end
  end
  return tonumber(held[6] or 0) > 0
end
-- A session makes room for others.
function S.make_way(digest)
  if S.is_scripted(digest) then S.lose(digest) end
  S.drop(digest)
  S.count('dropped')
end
-- Drop sessions that are idle or for which there is no room, but the one in use.
function S.make_room(used, now)
  for _ = 1, S.most_dropped do
    local sessions, bytes = call('ZCARD', USED), S.number('session_bytes')
    local is_full = sessions > LIMITS.sessions or bytes > LIMITS.session_bytes
    if not (is_full or LIMITS.session_idle) then return end
    local oldest = call('ZRANGE', USED, 0, 0)[1]
    if not oldest or oldest == used then return end
    if not is_full then
      local used_at = tonumber(call('HGET', S.key(oldest), 'used_at') or 0)
      if used_at + LIMITS.session_idle >= tonumber(now) then return end
    end
    S.make_way(oldest)
  end
end
-- Use a session: it is the latest one used. Returns its id.
function S.use(digest, shown, length, now)
  local key = S.key(digest)
  local held = call('HMGET', key, 'id', 'kept_at')
  local id = held[1]
  if not id then id = S.get(digest, shown, length, now)
  else
    call('HSET', key, 'used_at', now)
    call('ZADD', USED, S.count('uses'), digest)
    if S.is_stale(held[2], now) then S.refresh(digest, id, tonumber(now)) end
  end
  S.make_room(digest, now)
  return id
end

-- What seldom changes, or false where the reader knows it already, or '' where there is none.
function S.see(digest, known)
  local key = S.key(digest)
  if known ~= '' and call('HGET', key, 'stamp') == known then return false end
  local seen = call('HMGET', key, unpack(SEEN))
  return seen[1] and seen or ''
end
function S.see_server(known)
  local seen = S.see('server', known)
  if seen ~= '' then return seen end
  S.get('server', '', 0, call('TIME')[1])
  return S.see('server', '')
end
-- The counts of its scripts, or false where there are many.
function S.counts(id)
  local key = S.own(id, 'counts')
  return call('HLEN', key) <= S.most_counts and call('HGETALL', key)
end
-- Entries of the journal were cleared.
function S.note_clearing()
  S.count('clearings')
  S.count('changes')
end

function ops.view(digest, stamp, server_stamp)
  local id = S.id(digest)
  return {S.see(digest, stamp), S.see_server(server_stamp), S.is_lost(digest) and 1 or 0, id and S.counts(id) or false}
end
-- Counts a call; of a session that is lost too, which is not made. Behind the view: the number of the call, its place.
function ops.begin_call(digest, shown, length, now, stamp, server_stamp)
  local lost = S.is_lost(digest)
  if lost and not S.id(digest) then
    local number, id = call('HINCRBY', LOST_CALLS, digest, 1), S.stray_id(digest)
    call('SADD', STRAYS, digest)
    return {'', S.see_server(server_stamp), 1, false, number, S.place()}
  end
  local id = S.use(digest, shown, length, now)
  local number = call('HINCRBY', S.key(digest), 'calls', 1)
  return {S.see(digest, stamp), S.see_server(server_stamp), lost and 1 or 0, S.counts(id), number, S.place()}
end
function ops.touch(digest, shown, length, now)
  S.use(digest, shown, length, now)
end
-- Someone chose the name of a session, which is to be shown.
function S.name(digest, name, shown)
  local key = S.key(digest)
  if call('HGET', key, 'name') ~= name and call('EXISTS', key) == 1 then
    call('HSET', key, 'name', name, 'shown', shown)
    S.stamp(digest)
  end
end
function ops.reveal(digest, label, length, now, name, shown)
  S.get(digest, label, length, now)
  if name ~= '' then S.name(digest, name, shown) end
end
-- Up to so many sessions that were used after the others seen: place, digest, name, shown of each.
function ops.names(after, most)
  local used, found = call('ZRANGEBYSCORE', USED, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, most), {}
  for at = 1, #used, 2 do
    local held = call('HMGET', S.key(used[at]), 'name', 'shown')
    found[#found + 1] = {used[at + 1], used[at], held[1], held[2] or ''}
  end
  return found
end

function ops.reset(digest, now)
  S.recall(digest)
  S.clear_strays(digest)
  S.reset(digest, now)
  S.note_clearing()
end
function ops.forget(digest)
  S.recall(digest)
  S.clear_strays(digest)
  if S.id(digest) then S.drop(digest) end
  S.note_clearing()
end
-- Drop up to so many of the sessions that were last used before a place; returns how many were there.
function ops.drop_first(before, most)
  local first = call('ZRANGEBYSCORE', USED, '-inf', before, 'LIMIT', 0, most)
  for _, digest in ipairs(first) do S.drop(digest) end
  return #first
end
function ops.uses() return {S.number('uses'), call('ZCARD', USED)} end
function ops.reset_all(now)
  for _, digest in ipairs(call('ZRANGE', USED, 0, -1)) do S.drop(digest) end
  for _, digest in ipairs(call('SMEMBERS', STRAYS)) do S.clear_strays(digest) end
  call('UNLINK', LOST, LOST_CALLS)
  S.get('server', '', 0, now)
  S.reset('server', now)
  S.note_clearing()
end
-- Drop up to so many of the sessions that nobody used since a time; returns how many there were.
function ops.drop_idle(before, most)
  local dropped = 0
  for _ = 1, most do
    local oldest = call('ZRANGE', USED, 0, 0)[1]
    local used_at = oldest and tonumber(call('HGET', S.key(oldest), 'used_at') or 0)
    if not oldest or used_at >= tonumber(before) then break end
    S.make_way(oldest)
    dropped = dropped + 1
  end
  return dropped
end
function ops.usage()
  return {call('ZCARD', USED), S.number('session_bytes') + S.number('server_bytes'), S.number('entry_bytes'),
    S.number('turn_bytes'), S.number('dropped')}
end
