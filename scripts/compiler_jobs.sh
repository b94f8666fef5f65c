#!/usr/bin/env bash
# To be sourced: how many compilers this machine can run at a time.

readonly memory_per_job=1200 # MiB that the largest compiler process may need, with some room

jobs_for_this_machine() {
  local available jobs cores
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  cores=$(nproc)
  jobs=$((available / memory_per_job))
  ((jobs >= 1)) || jobs=1
  ((jobs <= cores)) || jobs=$cores
  echo "$jobs"
}
