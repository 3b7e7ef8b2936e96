-- Sessions. P is what all keys begin with; LIMITS are the bounds of the settings; ops are the operations, by name.
-- kinds are functions (id, digest) that remove what is held of a session that ends; each part adds its own.
local call = redis.call
local SESSION_OVERHEAD, ITEM_OVERHEAD = 2048, 128
local MOST_LOST = 10000
local NUMBERS, USED, LOST, STRAYS = P .. ':numbers', P .. ':used', P .. ':lost', P .. ':strays'
-- What seldom changes of a session, in the order in which Data of Python reads it.
local SEEN = {'id', 'stamp', 'digest', 'name', 'shown', 'moved', 'overrides', 'faults', 'clock', 'scripts_at',
  'script_ids'}
local S = {}

function S.number(name) return tonumber(call('HGET', NUMBERS, name) or 0) end
function S.count(name, by) return call('HINCRBY', NUMBERS, name, by or 1) end
-- The key of a session, or of what is set for all: digest 'server'.
function S.key(digest) return P .. ':s:' .. digest end
-- The key of something that is held of a session; id is another one after each reset.
function S.own(id, name) return P .. ':i:' .. id .. ':' .. name end
function S.id(digest) return call('HGET', S.key(digest), 'id') end
-- What is known of it has changed.
function S.stamp(digest) call('HSET', S.key(digest), 'stamp', S.count('stamps')) end
function S.weigh(digest, by)
  call('HINCRBY', S.key(digest), 'size', by)
  if digest ~= 'server' then S.count('session_bytes', by) end
end
function S.get(digest, shown, length, now)
  local id = S.id(digest)
  if id then return id end
  id = tostring(S.count('ids'))
  call('HSET', S.key(digest), 'id', id, 'digest', digest, 'shown', shown, 'length', length, 'stamp', S.count('stamps'),
    'calls', 0, 'used_at', now)
  call('ZADD', USED, S.count('uses'), digest)
  S.weigh(digest, SESSION_OVERHEAD + length)
  return id
end
-- What seldom changes, or false where the reader knows it already, or '' where there is none.
function S.see(digest, known)
  local seen = call('HMGET', S.key(digest), unpack(SEEN))
  if not seen[1] then return '' end
  return seen[2] ~= known and seen
end
