-- Turns of message threads. Each is a hash of its own, found by its place; TURNS has all of them in their order, as
-- members 'id place', 'turns' of a session the places by the id of the message, 'turn_places' in their order.
local H = {MOST = 1000}
local TURNS = P .. ':turns'
table.insert(S.common, TURNS)
table.insert(S.held, 'turns')
table.insert(S.held, 'turn_places')

function H.key(id, place) return S.own(id, 'turn:' .. place) end
function H.find(id, message) return call('HGET', S.own(id, 'turns'), message) end
function H.drop(id, place)
  local key = H.key(id, place)
  local held = call('HMGET', key, 'message', 'size')
  call('ZREM', S.own(id, 'turn_places'), place)
  call('ZREM', TURNS, id .. ' ' .. place)
  call('UNLINK', key)
  if not held[1] then return end
  local turns = S.own(id, 'turns')
  if call('HGET', turns, held[1]) == place then call('HDEL', turns, held[1]) end
  S.count('turn_bytes', -tonumber(held[2]))
end
function H.drop_all(id)
  for _, place in ipairs(call('ZRANGE', S.own(id, 'turn_places'), 0, -1)) do H.drop(id, place) end
end
table.insert(kinds, H.drop_all)
function H.make_room(id)
  local places = S.own(id, 'turn_places')
  while call('ZCARD', places) > H.MOST do H.drop(id, call('ZRANGE', places, 0, 0)[1]) end
  while S.number('turn_bytes') > LIMITS.entry_bytes do
    local oldest = call('ZRANGE', TURNS, 0, 1)
    if #oldest < 2 then return end
    H.drop(string.match(oldest[1], '^(%S+) (%S+)$'))
  end
end
-- Whether the answer of a turn is still on its way: not when it has left, or who sends it is gone.
function H.is_busy(id, place)
  local held = call('HMGET', H.key(id, place), 'replica', 'finished')
  return held[1] and not held[2] and S.is_alive(held[1])
end

-- The turn that ended with a message: its thread, whether another one continues it, and is on its way.
function ops.get_turn(digest, message)
  local id = S.id(digest)
  local place = id and H.find(id, message)
  if not place then return false end
  local held = call('HMGET', H.key(id, place), 'data', 'next')
  if not held[1] then return false end
  return {held[1], held[2] and 1 or 0, held[2] and H.is_busy(id, held[2]) and 1 or 0}
end
-- Hold a turn; returns whether it is held.
function ops.add_turn(digest, shown, length, now, replica, message, previous, size, data)
  local id = S.get(digest, shown, length, now)
  local before = previous ~= '' and H.find(id, previous)
  if before and call('HEXISTS', H.key(id, before), 'next') == 1 then return 0 end
  local same = H.find(id, message)
  if same then H.drop(id, same) end
  local place = string.format('%.0f', S.count('turns'))
  local key, turns, places = H.key(id, place), S.own(id, 'turns'), S.own(id, 'turn_places')
  call('HSET', key, 'message', message, 'size', size, 'replica', replica, 'data', data)
  call('HSET', turns, message, place)
  call('ZADD', places, place, place)
  call('ZADD', TURNS, place, id .. ' ' .. place)
  for _, made in ipairs({key, turns, places, TURNS}) do S.keep(made) end
  if before and before ~= same then call('HSET', H.key(id, before), 'next', place) end
  S.count('turn_bytes', size)
  H.make_room(id)
  return 1
end
function ops.finish_turn(digest, message)
  local id = S.id(digest)
  local place = id and H.find(id, message)
  if place and call('HEXISTS', H.key(id, place), 'size') == 1 then call('HSET', H.key(id, place), 'finished', 1) end
end
function ops.clear_turns(digest)
  local id = S.id(digest)
  if id then H.drop_all(id) end
end
function ops.last_turn() return S.number('turns') end
-- Drop up to so many turns, the oldest first, up to a place; returns how many there were.
function ops.drop_turns(last, most)
  local oldest = call('ZRANGEBYSCORE', TURNS, '-inf', last, 'LIMIT', 0, most)
  for _, member in ipairs(oldest) do H.drop(string.match(member, '^(%S+) (%S+)$')) end
  return #oldest
end
