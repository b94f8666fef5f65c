#include "archive/clock_trust.hpp"

#include "archive/iso_time.hpp"
#include "archive/recording_name.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace minidvr::archive {
namespace {

namespace json = boost::json;

// Clocks are corrected by seconds all the time, and a time zone may be wrong.
constexpr std::chrono::hours kClockWasSet{1};

Error bad_memory(std::string why) {
  return make_error(Errc::malformed, std::move(why));
}

Result<std::optional<WallTime>> time_or_null(const json::value& value) {
  if (value.is_null()) return std::optional<WallTime>();
  const json::string* text = value.if_string();
  if (text == nullptr) return bad_memory("a time is no text");
  const auto time = parse_time({text->data(), text->size()});
  if (!time) return time.error();
  return std::optional(*time);
}

json::value time_value(const std::optional<WallTime>& time) {
  return time ? json::value(utc_text(*time)) : json::value(nullptr);
}

}  // namespace

bool ClockTrust::believes(const ClockFacts& facts) {
  // Where it would be now if nobody had set it. What was off for a while can not tell.
  const auto expected =
      last_ ? std::optional<WallTime>(last_->now + (facts.since_boot - last_->since_boot)) : seen_;
  if (expected && (facts.now - *expected > kJump || *expected - facts.now > kJump)) {
    jumped_ = true;
    doubted_since_ = facts.since_boot;
  }
  last_ = facts;
  if (facts.synchronized || (doubted_since_ && facts.since_boot - *doubted_since_ >= kWatched)) {
    doubted_since_.reset();
  }
  if (doubted_since_ || !is_clock_set(facts)) return false;
  seen_ = facts.now;
  return true;
}

void note_unsure(ClockMemory& memory, const std::string& name) {
  memory.written.try_emplace(name);
  if (memory.written.size() > kMostUnsureRecordings) memory.written.erase(memory.written.begin());
}

void note_believed(ClockMemory& memory, WallTime now) {
  for (auto& [name, since] : memory.written) {
    if (!since) since = std::chrono::floor<microseconds>(now);
  }
}

void note_jump(ClockMemory& memory) {
  for (auto& [name, since] : memory.written)
    since.reset();
}

std::string serialize_clock_memory(const ClockMemory& memory) {
  json::object written;
  for (const auto& [name, since] : memory.written)
    written.emplace(name, time_value(since));
  return json_text(json::object{{"seen", time_value(memory.seen)}, {"written", written}}) + '\n';
}

Result<ClockMemory> parse_clock_memory(std::string_view text) {
  boost::system::error_code ec;
  const json::value root = json::parse(text, ec);
  const json::object* object = ec ? nullptr : root.if_object();
  const json::value* const seen = object == nullptr ? nullptr : object->if_contains("seen");
  const json::value* const written = object == nullptr ? nullptr : object->if_contains("written");
  if (seen == nullptr || written == nullptr || !written->is_object()) {
    return bad_memory("it is no memory of a clock");
  }
  ClockMemory memory;
  auto time = time_or_null(*seen);
  if (!time) return time.error();
  memory.seen = *time;
  for (const auto& [key, value] : written->get_object()) {
    time = time_or_null(value);
    if (!time) return time.error();
    const std::string name(key.data(), key.size());
    if (!is_recording_name(name)) return bad_memory("a name is that of no recording");
    memory.written.emplace(name, *time);
  }
  if (memory.written.size() > kMostUnsureRecordings) return bad_memory("there are too many names");
  return memory;
}

std::optional<WallTime> known_since(const ClockMemory& memory, std::string_view name,
                                    WallTime now) {
  const auto found = memory.written.find(name);
  if (found == memory.written.end()) return std::nullopt;
  // It was written by this clock, and what is older may bear later times.
  return found->second ? std::min(*found->second, now) : WallTime::max();
}

Retention::File not_older_than(Retention::File file, Steady::duration ago, WallTime now) {
  const WallTime end = now - std::chrono::duration_cast<WallTime::duration>(ago);
  const WallTime told = file.start + std::chrono::duration_cast<WallTime::duration>(file.length);
  if (end - told > kClockWasSet) file.start += end - told;
  return file;
}

}  // namespace minidvr::archive
