// Times as clients and files write them: ISO 8601.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace minidvr::archive {

// A time that a client or a person wrote:
//   2026-11-24T10:07:12                  of the server's local time
//   2026-11-24T10:07:12.345678901        1 to 9 digits of a second
//   2026-11-24T10:07:12Z, …+01:00, …-0330
//   2026-11-24                           midnight, local time
// malformed: anything else, a day that no calendar has, second 60, a time before 1970 or after 2200
// in UTC. (WallTime counts nanoseconds and ends in 2262; what is far away is a mistake anyway.)
// What a change to summer time leaves out is taken as if the clock had not been changed yet or
// already, and what the change back repeats as either of both: as mktime does.
// In a URL a + has to be written %2B; with the blank that it would mean, it is malformed.
Result<WallTime> parse_time(std::string_view text);

// An end of a stretch of time: what lies outside of those years is their first or last moment, as
// nothing lies there. malformed as above otherwise.
Result<WallTime> parse_bound(std::string_view text);

// In UTC to the microsecond, rounded down: 2026-11-24T10:07:12.345678Z
std::string utc_text(WallTime time);

}  // namespace minidvr::archive
