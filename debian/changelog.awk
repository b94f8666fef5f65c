# Makes debian/changelog of CHANGELOG.md. Given: suite, suffix (what a version of this suite ends with), unreleased (what
# the version of changes that are not released yet has behind that of the last release), today, maintainer.
function rfc_date(day,    command, line) {
  command = "LC_ALL=C date -u -R -d '" day "'"
  if ((command | getline line) <= 0) exit failed = 1
  close(command)
  return line
}
function flush(    i) {
  if (entries == "") return
  versions[++count] = version; days[count] = day; texts[count] = entries
  entries = ""
}
function add(line) { entries = entries wrapped(line) }
# Lines of a changelog are short.
function wrapped(text,    words, n, i, line, result) {
  n = split(text, words, " ")
  line = "  *"
  for (i = 1; i <= n; ++i) {
    if (length(line) + length(words[i]) >= 78) { result = result line "\n"; line = "   " }
    line = line " " words[i]
  }
  return result line "\n"
}
/^## \[/ {
  if (item != "") add(item)
  item = ""
  flush()
  version = substr($2, 2, length($2) - 2)
  day = version == "Unreleased" ? today : $4
  if (version != "Unreleased" && day !~ /^[0-9]+-[0-9]+-[0-9]+$/) { print "no date: " $0 > "/dev/stderr"; exit failed = 1 }
  next
}
/^### / { if (item != "") add(item); item = ""; kind = $2; next }
/^- / { if (item != "") add(item); item = kind ": " substr($0, 3); next }
/^  / { if (item != "") item = item " " substr($0, 3) }
END {
  if (failed) exit 1
  if (item != "") add(item)
  flush()
  for (i = 1; i <= count; ++i) {
    name = versions[i] == "Unreleased" ? versions[i + 1] unreleased : versions[i]
    printf "mini-dvr (%s%s) %s; urgency=medium\n\n%s\n -- %s  %s\n\n", name, suffix, suite, texts[i], maintainer, rfc_date(days[i])
  }
}
