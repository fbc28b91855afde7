-- The action session_refresh_verify for HAProxy: asks session-refresh whether a request has a valid session.

local ADDRESS = "abns@session-refresh-verify"
local URL = "http://session-refresh/verify"
local ASKED_WITH = { "cookie", "secure-session-skipped", "x-api-key", "x-forwarded-for" }
local STATED = { "x-auth-subject", "x-auth-organisation", "x-auth-session", "x-auth-time", "x-auth-expires" }

-- The values of a header. HAProxy's own lists start with 0.
local function values(headers, name)
    local found, sent = {}, headers[name]
    if sent then
        for index = 0, #sent do
            found[#found + 1] = sent[index]
        end
    end
    return found
end

local function refuse(txn, status, body, challenge)
    local reply = txn:reply({ status = status, body = body })
    reply:add_header("content-type", "application/json")
    reply:add_header("cache-control", "no-store")
    for _, value in ipairs(challenge) do
        reply:add_header("www-authenticate", value)
    end
    txn:done(reply)
end

core.register_action("session_refresh_verify", { "http-req" }, function(txn)
    local sent = txn.http:req_get_headers()
    local headers = { host = { "session-refresh" } }
    for _, name in ipairs(ASKED_WITH) do
        headers[name] = values(sent, name)
    end
    table.insert(headers["x-forwarded-for"], txn.f:src())

    local answer = core.httpclient():get({ url = URL, headers = headers, dst = ADDRESS })
    if answer.status == 401 then
        return refuse(txn, 401, answer.body, values(answer.headers, "www-authenticate"))
    elseif answer.status ~= 200 then
        return refuse(txn, 503, '{"error": "unavailable", "detail": "Sessions cannot be checked.", "status_code": 503}', {})
    end
    for _, name in ipairs(STATED) do
        txn.http:req_set_header(name, answer.headers[name][0])
    end
    txn:set_var("txn.session_refresh_verified", true)
end)
