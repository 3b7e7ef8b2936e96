-- Settings changed, faults planned, clocks moved: fields of a session's hash, which Python packs.

-- Set a field of a session, or ('') take it away, unless it has changed since the reader looked: its stamp is another
-- one, or it is there although there was none. Returns whether it is set.
function ops.set_field(digest, shown, length, now, stamp, field, value)
  local held = call('HGET', S.key(digest), 'stamp') or ''
  if held ~= stamp then return 0 end
  S.get(digest, shown, length, now)
  if value == '' then call('HDEL', S.key(digest), field)
  else call('HSET', S.key(digest), field, value) end
  S.stamp(digest)
  return 1
end
function ops.plan_faults(digest, shown, length, now, plan, calls)
  S.get(digest, shown, length, now)
  local key = S.key(digest)
  if plan == '' then call('HDEL', key, 'faults', 'faults_at', 'faults_left')
  else call('HSET', key, 'faults', plan, 'faults_at', S.count('plans'), 'faults_left', calls) end
  S.stamp(digest)
end
-- Use up one answer of a plan, if that is still the one by which the session goes.
function ops.take_fault(digest, owner, plan)
  if owner ~= digest and call('HEXISTS', S.key(digest), 'faults') == 1 then return 0 end
  local key = S.key(owner)
  if call('HGET', key, 'faults_at') ~= plan then return 0 end
  if call('HINCRBY', key, 'faults_left', -1) <= 0 then call('HDEL', key, 'faults', 'faults_at', 'faults_left') end
  S.stamp(owner)
  return 1
end
