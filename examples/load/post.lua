-- wrk -t2 -c64 -d30s --latency -s post.lua http://127.0.0.1:8000 [-- SESSIONS [stream]]
-- Sends messages with so many API keys in turns (64): each key is a session of its own. With "stream" it asks for streams.
local requests, at = {}, 0

function init(arguments)
  local stream = arguments[2] == "stream" and '"stream": true, ' or ""
  local body = '{"model": "claude-haiku-4-5", "max_tokens": 256, ' .. stream
    .. '"messages": [{"role": "user", "content": "hello"}]}'
  for number = 1, tonumber(arguments[1] or 64) do
    local headers = {
      ["content-type"] = "application/json",
      ["anthropic-version"] = "2023-06-01",
      ["x-api-key"] = "load-" .. number,
    }
    requests[number] = wrk.format("POST", "/v1/messages", headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
