-- Places of entries in the journal, kept for calls when they begin, so that entries stand in the order in which calls
-- came, whichever replica answered. This part is always run, unlike the journal.
local PLACES = P .. ':places'
table.insert(S.common, PLACES)
-- Seconds for which a place is kept: an entry that is written later gets a number then.
S.patience = 0.25
-- Places that are looked at: the oldest ones.
S.most_places = 1000

-- Keep a place for the entry of a call; returns its number.
function S.place()
  local number = S.count('numbers')
  call('ZADD', PLACES, string.format('%.3f', S.time()), string.format('%.0f', number))
  if call('ZCARD', PLACES) == 1 then S.keep(PLACES) end
  return number
end
-- Let go of the places that were kept for too long.
function S.void_places()
  call('ZREMRANGEBYSCORE', PLACES, '-inf', '(' .. string.format('%.3f', S.time() - S.patience))
end
-- The number of an entry that is written: that of its place, if that is still kept, else a new one.
function S.number_of(place)
  if place ~= '0' and call('ZREM', PLACES, place) == 1 then return place end
  return string.format('%.0f', S.count('numbers'))
end
-- How many of the places up to a number are still kept. Later places were kept later, and have larger numbers.
function S.kept_places(last)
  S.void_places()
  local kept = 0
  for _, place in ipairs(call('ZRANGE', PLACES, 0, S.most_places - 1)) do
    if tonumber(place) <= last then kept = kept + 1 end
  end
  return kept
end
-- What a replica's latest step gave, see ops.once.
function S.step_key(replica) return P .. ':step:' .. replica end
