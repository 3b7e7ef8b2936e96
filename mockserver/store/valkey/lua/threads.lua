-- Turns of message threads. Each is a hash of its own, found by its place; of a session, 'turns' has place and size of
-- each by the id of the message, which 'turn_places' has in their order, as TURNS has 'id message' of all.
local H = {MOST = 1000}
local TURNS = P .. ':turns'
table.insert(S.common, TURNS)
table.insert(S.held, 'turns')
table.insert(S.held, 'turn_places')

function H.key(id, place) return S.own(id, 'turn:' .. place) end
-- Place and size of a turn, as text, or nil.
function H.find(id, message)
  return string.match(call('HGET', S.own(id, 'turns'), message) or '', '^(%S+) (%S+)$')
end
-- What it needs stays for as long as the session does; the turn's own key may have gone by itself.
function H.drop(id, message)
  local place, size = H.find(id, message)
  call('ZREM', S.own(id, 'turn_places'), message)
  call('ZREM', TURNS, id .. ' ' .. message)
  if not place then return end
  call('HDEL', S.own(id, 'turns'), message)
  call('UNLINK', H.key(id, place))
  S.count('turn_bytes', -size)
end
function H.drop_all(id)
  for _, message in ipairs(call('ZRANGE', S.own(id, 'turn_places'), 0, -1)) do H.drop(id, message) end
end
table.insert(kinds, H.drop_all)
function H.drop_member(member) H.drop(string.match(member, '^(%S+) (.*)$')) end
function H.make_room(id)
  local places = S.own(id, 'turn_places')
  while call('ZCARD', places) > H.MOST do H.drop(id, call('ZRANGE', places, 0, 0)[1]) end
  while S.number('turn_bytes') > LIMITS.entry_bytes do
    local oldest = call('ZRANGE', TURNS, 0, 1)
    if #oldest < 2 then return end
    H.drop_member(oldest[1])
  end
end
-- Whether the answer of a turn is still on its way: not when it has left, or who sends it is gone.
function H.is_busy(id, place)
  local held = call('HMGET', H.key(id, place), 'replica', 'finished')
  return held[1] and not held[2] and S.is_alive(held[1])
end

-- The turn that ended with a message: its place, its thread unless the reader knows the one at that place, whether
-- another one continues it, and is on its way.
function ops.get_turn(digest, message, known)
  local id = S.id(digest)
  local place = id and H.find(id, message)
  if not place then return false end
  local held = call('HMGET', H.key(id, place), 'replica', 'next')
  if not held[1] then return false end
  local data = place ~= known and call('HGET', H.key(id, place), 'data')
  return {place, data, held[2] and 1 or 0, held[2] and H.is_busy(id, held[2]) and 1 or 0}
end
-- Hold a turn; returns its place, or nil where it is not held. Places are given once, also when the engine loses all.
function ops.add_turn(digest, shown, length, now, replica, message, previous, size, data)
  local id = S.get(digest, shown, length, now)
  local before = previous ~= '' and H.find(id, previous)
  if before and call('HEXISTS', H.key(id, before), 'next') == 1 then return false end
  H.drop(id, message)
  local place = string.format('%.0f', S.next_stamp())
  local key, turns, places = H.key(id, place), S.own(id, 'turns'), S.own(id, 'turn_places')
  call('HSET', key, 'replica', replica, 'data', data)
  call('HSET', turns, message, place .. ' ' .. size)
  call('ZADD', places, place, message)
  call('ZADD', TURNS, place, id .. ' ' .. message)
  for _, made in ipairs({key, turns, places, TURNS}) do S.keep(made) end
  if before and call('EXISTS', H.key(id, before)) == 1 then call('HSET', H.key(id, before), 'next', place) end
  S.count('turn_bytes', size)
  H.make_room(id)
  return place
end
function ops.finish_turn(digest, message)
  local id = S.id(digest)
  local place = id and H.find(id, message)
  if place and call('EXISTS', H.key(id, place)) == 1 then call('HSET', H.key(id, place), 'finished', 1) end
end
function ops.clear_turns(digest)
  local id = S.id(digest)
  if id then H.drop_all(id) end
end
function ops.last_turn() return string.format('%.0f', S.number('stamps')) end
-- Drop up to so many turns, the oldest first, up to a place; returns how many there were.
function ops.drop_turns(last, most)
  local oldest = call('ZRANGEBYSCORE', TURNS, '-inf', last, 'LIMIT', 0, most)
  for _, member in ipairs(oldest) do H.drop_member(member) end
  return #oldest
end
