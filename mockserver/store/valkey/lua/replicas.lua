-- Those that share the data: each tells every now and then that it is there. The time is the engine's.
local REPLICAS, HOMES = P .. ':replicas', P .. ':homes'
-- Seconds after which one that tells nothing is gone, and after which nothing is known of it.
S.silence, S.oblivion = 10, 3600
table.insert(S.common, REPLICAS)
table.insert(S.common, HOMES)

-- Seconds since 1970.
function S.time()
  local time = call('TIME')
  return time[1] + time[2] / 1000000
end
-- Whether a replica is there; one that was never heard of is not.
function S.is_alive(replica)
  local heard = call('ZSCORE', REPLICAS, replica)
  return heard and S.time() - heard < S.silence or false
end
function S.leave(replica)
  call('ZREM', REPLICAS, replica)
  call('HDEL', HOMES, replica)
  call('UNLINK', S.step_key(replica))
end
function ops.beat(replica, home)
  local time = S.time()
  for _, gone in ipairs(call('ZRANGEBYSCORE', REPLICAS, '-inf', time - S.oblivion)) do S.leave(gone) end
  call('ZADD', REPLICAS, string.format('%.3f', time), replica)
  call('HSET', HOMES, replica, home)
  S.keep(REPLICAS)
  S.keep(HOMES)
end
function ops.is_there(replica) return S.is_alive(replica) and 1 or 0 end
function ops.leave(replica) S.leave(replica) end
-- Those that are there: id, where it runs, milliseconds since it was heard.
function ops.replicas()
  local time, found = S.time(), {}
  local heard = call('ZRANGEBYSCORE', REPLICAS, '(' .. (time - S.silence), '+inf', 'WITHSCORES')
  for at = 1, #heard, 2 do
    local home = call('HGET', HOMES, heard[at]) or ''
    found[#found + 1] = {heard[at], home, math.floor((time - heard[at + 1]) * 1000)}
  end
  return found
end
