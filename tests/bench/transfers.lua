-- The load for wrk: transfers of 1 between random accounts, one per request or BATCH of them.
-- ACCOUNTS names a file with one account id per line. Prints one line of JSON.
local accounts = {}
for line in io.lines(os.getenv("ACCOUNTS")) do accounts[#accounts + 1] = line end
local batch = tonumber(os.getenv("BATCH") or "1")
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")

local function transfer()
  local from = math.random(#accounts)
  local to = (from + math.random(#accounts - 1) - 1) % #accounts + 1
  return '{"from":"' .. accounts[from] .. '","to":"' .. accounts[to] .. '","amount":1,"currency":"USD"}'
end

function request()
  if batch == 1 then return wrk.format(nil, "/v1/transfers", nil, transfer()) end
  local all = {}
  for i = 1, batch do all[i] = transfer() end
  return wrk.format(nil, "/v1/transfers/batch", nil, '{"transfers":[' .. table.concat(all, ",") .. "]}")
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"rate":%.0f,"p50_ms":%.2f,"p99_ms":%.2f,"failed":%d}\n',
    batch * summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
