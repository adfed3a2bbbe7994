-- Sends POSTs for `manage.py bench`, each to the next path of a list, and counts the answers.
--
--   wrk -t1 -c16 -d600 --timeout 30s -s load.lua URL -- PATHS SECONDS REQUESTS FIRST
--
-- PATHS is a file with one path a line. After SECONDS, or REQUESTS if that comes first, nothing
-- more is sent; once every answer is there wrk is told to end. So no request is cut off, and the
-- answers counted here are all that the server gave. `done` prints one line of JSON.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *now);
  int getpid(void);
  int kill(int process, int signal);
]]

local SIGINT = 2
local A_DAY = 24 * 3600 * 1000 -- in milliseconds: longer than any run
local BODY = '{"support_ticket_link": "https://desk.example/4711", "subject": "Where is it?"}'

local now = ffi.new("moment")
local requests, next_request, seconds, most = {}, 1, 0, 0

-- Globals: `done` runs in another Lua state and can fetch only these.
sent, answered, statuses, started_at, ended_at = 0, 0, {}, 0, 0

local function clock()
  ffi.C.clock_gettime(0, now)
  return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end

local function is_over()
  return sent >= most or (started_at > 0 and clock() - started_at >= seconds)
end

local function end_if_all_is_answered()
  if answered == sent and is_over() then
    ffi.C.kill(ffi.C.getpid(), SIGINT)
  end
end

function setup(thread)
  only_thread = thread
end

function init(args)
  seconds, most = tonumber(args[2]), tonumber(args[3])
  local headers = { ["Content-Type"] = "application/json", ["Host"] = wrk.headers["Host"] }
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", path, headers, BODY)
  end
  next_request = tonumber(args[4]) % #requests + 1
end

-- Called before each request that is sent (`request` also once more, to see what it returns).
function delay()
  if is_over() then
    end_if_all_is_answered()
    return A_DAY
  end
  if sent == 0 then
    started_at = clock()
  end
  sent = sent + 1
  return 0
end

function request()
  local this = requests[next_request]
  next_request = next_request % #requests + 1
  return this
end

function response(status)
  answered = answered + 1
  local key = tostring(status)
  statuses[key] = (statuses[key] or 0) + 1
  ended_at = clock()
  end_if_all_is_answered()
end

function done(summary, latency)
  local counted = {}
  for status, count in pairs(only_thread:get("statuses")) do
    counted[#counted + 1] = string.format('"%s": %d', status, count)
  end
  local errors = summary.errors
  print(string.format(
    '{"sent": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, '
      .. '"broken": %d, "statuses": {%s}}',
    only_thread:get("sent"),
    only_thread:get("ended_at") - only_thread:get("started_at"),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.timeout,
    table.concat(counted, ", ")
  ))
end
