# Makes the settings of the man page of config/mini-dvr.conf, which describes each of them: a paragraph of comments, then
# its keys with their defaults, which somebody may have put in force. Lines such as "# --- Camera ---" are titles.
function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  sub(/^[.']/, "\\\\\\&&", text)
  return text
}
function flush() {
  if (keys) printf "%s%s", keys, text
  keys = text = ""
}
/^# --- .* ---$/ { flush(); title = $0; gsub(/^# --- | ---$/, "", title); print ".SS " title; next }
/^$/ { flush(); next }
/^#?[a-z0-9_]+ *=/ {
  key = $0
  sub(/^#/, "", key)
  sub(/ *= */, " = ", key)
  key = escaped(key)
  sub(/ +$/, "", key)
  keys = keys (keys ? ".TQ" : ".TP") "\n.B " key "\n"
  next
}
/^# ?/ { line = $0; sub(/^# ?/, "", line); text = text escaped(line) "\n" }
END { flush() }
