"""The Lua side of the sandbox: what a script may see, and how one is run.

Lua 5.1 has no safe subset, so scripts get a fresh environment that names what they may use,
instead of the real one with things taken away. What is left out, and why:

- ``load``, ``loadstring``, ``string.dump``: bytecode is not verified and breaks memory safety;
- ``loadfile``, ``dofile``, ``module``, ``package``, ``io``, the real ``require``: files;
- ``getfenv``, ``setfenv``, ``debug``, ``newproxy``, ``python``: ways to the real environment;
- ``coroutine``: the instruction limit is a hook, and a hook belongs to one thread;
- the real ``xpcall``: its handler runs inside the failing hook, where no other hook can fire;
- ``pcall`` nested without end: at the end of the C stack hooks cannot run and so do not count;
- ``math.random``: a verdict must not depend on chance.

A pattern is limited in length because 5.1 matches by recursion on the C stack. Times are UTC.
"""

from __future__ import annotations

PRELUDE = r"""
local open_libraries, limit, step, json = ...

local error, pcall, type, tostring, tonumber = error, pcall, type, tostring, tonumber
local pairs, rawget, setfenv = pairs, rawget, setfenv
local collectgarbage, getmetatable = collectgarbage, getmetatable
local sethook, getinfo = debug.sethook, debug.getinfo
local system_date, floor = os.date, math.floor
local lua_string, sub, gsub = string, string.sub, string.gsub

local LONGEST_PATTERN, MOST_REPEATS, LONGEST_TEXT, MOST_NESTED = 1000, 1000000, 4096, 20

local function chosen(library, names)
  local picked = {}
  for name in names:gmatch("%a+") do
    picked[name] = library[name]
  end
  return picked
end

local function copied(original)
  local copy = {}
  for name, value in pairs(original) do
    copy[name] = value
  end
  return copy
end

local base = chosen(_G, "assert error ipairs next pairs rawequal rawget rawset select "
  .. "setmetatable tonumber tostring type unpack getmetatable")
base._VERSION = _VERSION
base.print = function() end

local nested = 0
local function ended(...)
  nested = nested - 1
  return ...
end
base.pcall = function(...)
  if nested >= MOST_NESTED then error("pcall nested too deeply", 2) end
  nested = nested + 1
  return ended(pcall(...))
end
base.xpcall = function(called, handler)
  local function told(ok, ...)
    if ok then return true, ... end
    return false, handler(...)
  end
  return told(base.pcall(called))
end

local tables = chosen(table, "concat insert remove sort maxn foreach foreachi getn")

local texts = chosen(lua_string, "byte char format len lower reverse sub upper")
local function guarded(name)
  local real = lua_string[name]
  texts[name] = function(text, pattern, ...)
    if type(pattern) == "string" and #pattern > LONGEST_PATTERN then
      error("pattern too long", 2)
    end
    return real(text, pattern, ...)
  end
end
guarded("find")
guarded("gmatch")
guarded("gsub")
guarded("match")
texts.rep = function(text, times)
  if (tonumber(times) or 0) > MOST_REPEATS then
    error("too many repeats", 2)
  end
  return lua_string.rep(text, times)
end

local numbers = copied(math)
numbers.random, numbers.randomseed = nil, nil

local text_methods = getmetatable("")
text_methods.__index = open_libraries and copied(texts) or nil
text_methods.__metatable = false

local function days_from_civil(year, month, day)
  -- Days since 1970-01-01 in the proleptic Gregorian calendar; years start in March.
  month = month - 1
  year = year + floor(month / 12)
  month = month % 12 + 1
  if month <= 2 then year = year - 1 end
  local era = floor(year / 400)
  local of_era = year - era * 400
  local of_year = floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468
end

local function field(parts, name, default)
  local number = tonumber(rawget(parts, name)) or default
  if not number then
    error("field '" .. name .. "' missing in date table", 3)
  end
  return number
end

local function clock(now)
  local function time(parts)
    if parts == nil then return now end
    if type(parts) ~= "table" then error("a table was expected", 2) end
    local days = days_from_civil(
      field(parts, "year"), field(parts, "month"), field(parts, "day"))
    local hour, min = field(parts, "hour", 12), field(parts, "min", 0)
    return days * 86400 + hour * 3600 + min * 60 + field(parts, "sec", 0)
  end
  local function date(format, moment)
    format = format == nil and "%c" or format
    if type(format) ~= "string" or #format > LONGEST_PATTERN then
      error("a short text was expected as the format", 2)
    end
    return system_date("!" .. gsub(format, "^!", ""), moment == nil and now or moment)
  end
  return { time = time, date = date }
end

local function environment(object, now)
  local env = copied(base)
  env._G, env.obj = env, object
  env.table, env.os = copied(tables), clock(now)
  if open_libraries then
    env.string, env.math = copied(texts), copied(numbers)
  end
  local modules = {
    os = env.os, table = env.table, string = env.string, math = env.math, json = copied(json),
  }
  env.require = function(name)
    local found = type(name) == "string" and rawget(modules, name)
    if not found then
      error("there is no module '" .. tostring(name) .. "' for health checks", 2)
    end
    return found
  end
  return env
end

local function shortened(text)
  if #text <= LONGEST_TEXT then return text end
  return gsub(sub(text, 1, LONGEST_TEXT), "[\192-\255]?[\128-\191]*$", "") .. "..."
end

local function worded(value)
  local kind = type(value)
  if kind == "string" then return shortened(value) end
  if kind == "number" or kind == "boolean" then return tostring(value) end
  return "an error value that is a " .. kind
end

local function read(answer)
  if answer == nil then return "nothing" end
  if type(answer) ~= "table" then return "wrong", "it returned a " .. type(answer) end
  local status, message = rawget(answer, "status"), rawget(answer, "message")
  if type(status) ~= "string" then return "wrong", "its status is a " .. type(status) end
  if message == nil then message = "" end
  local kind = type(message)
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    return "wrong", "its message is a " .. kind
  end
  return "verdict", shortened(status), shortened(tostring(message))
end

local run
function run(chunk, object, now)
  setfenv(chunk, environment(object, now))
  local spent = 0
  nested = 0
  local function watch()
    spent = spent + step
    if spent < limit then return end
    if getinfo(2, "f").func == run then
      sethook()
      return
    end
    -- From now on at every instruction, so that no pcall of the script's can go on.
    sethook(watch, "", 1)
    error("too many instructions", 0)
  end
  sethook(watch, "", step)
  local ok, answer = pcall(chunk)
  sethook()
  if spent >= limit then return "limit" end
  local outcome, first, second
  if ok then
    outcome, first, second = read(answer)
  else
    outcome, first = "error", worded(answer)
  end
  if collectgarbage("count") > 8192 then
    answer = nil
    collectgarbage()
  end
  return outcome, first, second
end

python, package, io, debug, require, module, load, loadstring, loadfile, dofile = nil
string.dump = nil
return run
"""
