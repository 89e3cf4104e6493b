"""The Lua module ``json``, which Argo CD's scripts may ``require``: ``decode`` and ``encode``.

In Lua itself, so that what it does counts as the script's own instructions, and nothing of Python's
is within reach. As there, ``null`` is nil, and ``decode`` returns nil and a message for a text that
is no JSON. An empty table is encoded as a list.
"""

from __future__ import annotations

JSON = r"""
local byte, sub, find, gsub, char = string.byte, string.sub, string.find, string.gsub, string.char
local format, concat, sort, floor = string.format, table.concat, table.sort, math.floor
local tonumber, tostring, type, pairs, ipairs = tonumber, tostring, type, pairs, ipairs
local error, pcall = error, pcall

local MEANT = {
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
}
local WRITTEN = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function fail(at)
  error("no JSON at character " .. at, 0)
end

local function utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return char(0xE0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return char(0xF0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40,
    0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function skip(text, at)
  return find(text, "[^ \t\r\n]", at) or #text + 1
end

local function hex(text, at)
  local digits = sub(text, at, at + 3)
  if not find(digits, "^%x%x%x%x$") then fail(at) end
  return tonumber(digits, 16)
end

local function escaped(text, at)
  local letter = sub(text, at, at)
  if letter ~= "u" then
    return MEANT[letter] or fail(at), at + 1
  end
  local code = hex(text, at + 1)
  at = at + 5
  if code >= 0xD800 and code < 0xDC00 and sub(text, at, at + 1) == "\\u" then
    code = 0x10000 + (code - 0xD800) * 0x400 + (hex(text, at + 2) - 0xDC00)
    at = at + 6
  end
  return utf8(code), at
end

local function read_text(text, at)
  local parts = {}
  at = at + 1
  while true do
    local stop = find(text, '["\\]', at)
    if not stop then fail(at) end
    parts[#parts + 1] = sub(text, at, stop - 1)
    if byte(text, stop) == 34 then return concat(parts), stop + 1 end
    parts[#parts + 1], at = escaped(text, stop + 1)
  end
end

local read

local function read_list(text, at)
  local list, count = {}, 0
  at = skip(text, at + 1)
  if sub(text, at, at) == "]" then return list, at + 1 end
  while true do
    count = count + 1
    list[count], at = read(text, at)
    at = skip(text, at)
    local mark = sub(text, at, at)
    if mark == "]" then return list, at + 1 end
    if mark ~= "," then fail(at) end
    at = at + 1
  end
end

local function read_object(text, at)
  local object = {}
  at = skip(text, at + 1)
  if sub(text, at, at) == "}" then return object, at + 1 end
  while true do
    at = skip(text, at)
    if sub(text, at, at) ~= '"' then fail(at) end
    local name
    name, at = read_text(text, at)
    at = skip(text, at)
    if sub(text, at, at) ~= ":" then fail(at) end
    object[name], at = read(text, at + 1)
    at = skip(text, at)
    local mark = sub(text, at, at)
    if mark == "}" then return object, at + 1 end
    if mark ~= "," then fail(at) end
    at = at + 1
  end
end

local WORDS = { { "true", true }, { "false", false }, { "null", nil } }

function read(text, at)
  at = skip(text, at)
  local mark = sub(text, at, at)
  if mark == "{" then return read_object(text, at) end
  if mark == "[" then return read_list(text, at) end
  if mark == '"' then return read_text(text, at) end
  for _, word in pairs(WORDS) do
    if sub(text, at, at + #word[1] - 1) == word[1] then return word[2], at + #word[1] end
  end
  local _, stop = find(text, "^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  local number = stop and tonumber(sub(text, at, stop))
  if not number then fail(at) end
  return number, stop + 1
end

local write

local function write_text(text)
  local shown = gsub(text, '[%c"\\]', function(mark)
    return WRITTEN[mark] or format("\\u%04x", byte(mark))
  end)
  return '"' .. shown .. '"'
end

local function write_table(value)
  local parts, count = {}, 0
  for _ in pairs(value) do count = count + 1 end
  if count == #value then
    for place = 1, count do parts[place] = write(value[place]) end
    return "[" .. concat(parts, ",") .. "]"
  end
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for place, name in ipairs(names) do
    parts[place] = write_text(tostring(name)) .. ":" .. write(value[name])
  end
  return "{" .. concat(parts, ",") .. "}"
end

function write(value)
  local kind = type(value)
  if kind == "nil" then return "null" end
  if kind == "string" then return write_text(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then return (format("%.14g", value)) end
  if kind == "table" then return write_table(value) end
  error("cannot encode a " .. kind .. " as JSON", 0)
end

local function decode(text)
  if type(text) ~= "string" then return nil, "a text was expected" end
  local ok, value, at = pcall(read, text, 1)
  if not ok then return nil, tostring(value) end
  at = skip(text, at)
  if at <= #text then return nil, "no JSON at character " .. at end
  return value
end

return { decode = decode, encode = write }
"""
