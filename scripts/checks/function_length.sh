#!/usr/bin/env bash
# No function of the program is longer than a screen: scripts/checks/function_length.sh FILE...
# Goes by the formatting: a definition begins in the first column, its body ends with the next "}" there.
set -euo pipefail

readonly longest=60     # lines
readonly table=make_table # is data, a row a setting

awk -v longest="$longest" -v table="$table" '
  FNR == 1 { begin = 0 }
  /^[A-Za-z~]/ && !begin && !/^(namespace|class|struct|enum|union|using|template|const|extern)/ { begin = FNR; first = $0 }
  /^[A-Za-z~].*;$/ { begin = 0 }
  /^}/ {
    length_of = FNR - begin + 1
    if (begin && length_of > longest && first !~ table) {
      printf "%s:%d: %d lines, more than %d\n", FILENAME, begin, length_of, longest
      failed = 1
    }
    begin = 0
  }
  END { exit failed }' "$@"
