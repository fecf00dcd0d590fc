-- The leases of one GPU, in one key, so that they are lost or kept as a whole. KEYS[1]; ARGV[1]: what is asked, as JSON.
-- Times are milliseconds of the server's clock: the clocks of holders may differ. (cjson writes 14 digits: these have 13.)

local ask = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local kept = redis.call('GET', KEYS[1])
local state = kept and cjson.decode(kept)
  or { born = now, token = 0, service = '', shared = false, since = 0, members = {}, queue = {}, seconds = {} }

-- Whoever did not say in time that it lives has ended.
for id, ends in pairs(state.members) do
  if ends <= now then state.members[id] = nil end
end
if not next(state.members) then state.service = '' end
local queue = {}
for _, each in ipairs(state.queue) do
  if each.ends > now then queue[#queue + 1] = each end
end
state.queue = queue

-- After the store was emptied nobody knows who held: for the length of a lease nobody is let in.
local settling = math.max(0, state.born + ask.lease - now)

local function save() redis.call('SET', KEYS[1], cjson.encode(state)) end

local function expected(service) return state.seconds[service] or ask.guess end

local function together(one, other) return one.shared and other.shared and one.service == other.service end

-- Until the one at `place` of the queue has its turn: what is left of the present one, and those before, groups once.
local function eta(place)
  local wait, before = settling, { service = '', shared = false }
  if state.service ~= '' then
    wait = wait + math.max(0, expected(state.service) - (now - state.since))
    before = state
  end
  for i = 1, place - 1 do
    local each = state.queue[i]
    if not together(each, before) then wait = wait + expected(each.service) end
    before = each
  end
  return wait
end

local function place_of(id)
  for i, each in ipairs(state.queue) do
    if each.id == id then return i end
  end
end

local function holds() return state.members[ask.id] ~= nil and ask.token == state.token end

local function position(place)
  return cjson.encode({
    place = place, eta = eta(place), holder = state.service, held = state.service ~= '' and now - state.since or 0,
  })
end

local operations = {}

function operations.take()
  local place = place_of(ask.id)
  local blocked = false
  for i = 1, (place or #state.queue + 1) - 1 do
    if not together(ask, state.queue[i]) then blocked = true end
  end
  local open = state.service == '' or together(ask, state) or state.members[ask.id]
  if settling == 0 and open and not blocked then
    if state.service == '' then
      -- By the clock too, so that it grows also when the store was emptied.
      state.token = math.max(state.token + 1, now)
      state.service, state.shared, state.since = ask.service, ask.shared, now
    end
    state.members[ask.id] = now + ask.lease
    if place then table.remove(state.queue, place) end
    save()
    return cjson.encode({ token = state.token })
  end
  if place then
    state.queue[place].ends = now + ask.place
  elseif ask.queue then
    local own = 0
    for _, each in ipairs(state.queue) do
      if ask.owner ~= '' and each.owner == ask.owner then own = own + 1 end
    end
    if #state.queue >= ask.longest or own >= ask.share then
      return cjson.encode({ full = true, eta = eta(#state.queue + 1) })
    end
    place = #state.queue + 1
    state.queue[place] = {
      id = ask.id, service = ask.service, shared = ask.shared, label = ask.label, owner = ask.owner, since = now,
      ends = now + ask.place,
    }
  end
  save()
  return position(place or #state.queue + 1)
end

function operations.renew()
  if not holds() then return cjson.encode({ held = false }) end
  state.members[ask.id] = now + ask.lease
  save()
  return cjson.encode({ held = true })
end

function operations.admits() return cjson.encode({ held = holds() }) end

function operations.release()
  local place = place_of(ask.id)
  if place then table.remove(state.queue, place) end
  if state.members[ask.id] then
    state.members[ask.id] = nil
    if not next(state.members) then
      -- A moving average over about the last five turns: what those who wait are told.
      local took, known = now - state.since, state.seconds[state.service]
      state.seconds[state.service] = known and 0.8 * known + 0.2 * took or took
      state.service = ''
    end
  end
  save()
  return cjson.encode({})
end

function operations.usage()
  local calls, waiting = 0, {}
  for _ in pairs(state.members) do calls = calls + 1 end
  for i, each in ipairs(state.queue) do
    waiting[i] = { service = each.service, label = each.label, place = i, eta = eta(i), waited = now - each.since }
  end
  if not kept then save() end
  return cjson.encode({
    holder = state.service, token = state.token, held = state.service ~= '' and now - state.since or 0, calls = calls,
    settling = settling, waiting = waiting,
  })
end

return operations[ask.op]()
