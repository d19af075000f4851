-- For wrk: sends the bodies of a file, one after the other, and looks at every answer.
-- BODIES names the file; FIRST the line to start with; MUST what each answer has to contain;
-- TOKEN the API token that each request carries, if it is not empty.
local bodies = {}
for line in io.lines(os.getenv("BODIES")) do
  bodies[#bodies + 1] = line
end

local token = os.getenv("TOKEN") or ""
local authorization = token == "" and "" or "Authorization: Bearer " .. token .. "\r\n"
local requests = {}
for place, body in ipairs(bodies) do
  requests[place] = "POST /graphql HTTP/1.1\r\n"
    .. "Host: 127.0.0.1\r\n"
    .. "Content-Type: application/json\r\n"
    .. "Accept: application/json\r\n"
    .. authorization
    .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
end

local must = os.getenv("MUST")
local place = tonumber(os.getenv("FIRST") or "0")
local threads = {}
sent, wrong, example = 0, 0, ""

function setup(thread)
  threads[#threads + 1] = thread
end

function request()
  place = place % #requests + 1
  sent = sent + 1
  return requests[place]
end

function response(status, _, body)
  if status ~= 200 or body:find('"errors"', 1, true) or not body:find(must, 1, true) then
    wrong = wrong + 1
    if wrong == 1 then
      example = status .. " " .. body:sub(1, 300):gsub("%c", " ")
    end
  end
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  local thread = threads[1]
  io.write(string.format("\nANSWERS %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), thread:get("wrong"), failed,
    thread:get("sent")))
  io.write("EXAMPLE " .. thread:get("example") .. "\n")
end
