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

// What parse_time takes.
constexpr WallTime kFirstTime = WallTime(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1));
constexpr WallTime kLastTime = WallTime(std::chrono::sys_days(std::chrono::year(2200) / 12 / 31));

bool is_jump(WallTime::duration difference) {
  return difference > ClockTrust::kJump || difference < -ClockTrust::kJump;
}

// Of none that is beyond the last one can anybody say how old it is.
std::optional<WallTime> shifted(WallTime time, WallTime::duration jump) {
  // Of microseconds both can be added without thinking of their end.
  const auto sum = std::chrono::floor<microseconds>(time.time_since_epoch()) +
                   std::chrono::floor<microseconds>(jump);
  if (sum > std::chrono::floor<microseconds>(kLastTime.time_since_epoch())) return std::nullopt;
  return std::max(kFirstTime, WallTime(std::max(sum, microseconds::zero())));
}

// That is known the longest.
auto oldest_of(ClockMemory& memory) {
  const auto place = [](const auto& one) { return one.second.value_or(WallTime::max()); };
  return std::min_element(memory.written.begin(), memory.written.end(),
                          [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

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
  const auto went_on =
      last_ ? std::optional<WallTime>(last_->now + (facts.since_boot - last_->since_boot))
            : std::nullopt;
  const auto expected = last_ ? went_on : seen_;
  if (expected && is_jump(facts.now - *expected)) doubted_since_ = facts.since_boot;
  // An earlier run may have doubted it, and known of that jump.
  const auto told = last_ ? went_on : told_;
  if (told && is_jump(facts.now - *told)) jump_ += facts.now - *told;
  last_ = facts;
  if (facts.synchronized || (doubted_since_ && facts.since_boot - *doubted_since_ >= kWatched)) {
    doubted_since_.reset();
  }
  if (doubted_since_ || !is_clock_set(facts)) return false;
  seen_ = facts.now;
  return true;
}

void note_unsure(ClockMemory& memory, const std::string& name) {
  if (memory.written.contains(name)) return;
  while (memory.written.size() >= kMostUnsureRecordings)
    memory.written.erase(oldest_of(memory));
  memory.written.emplace(name, std::nullopt);
}

void note_believed(ClockMemory& memory, WallTime now) {
  for (auto& [name, since] : memory.written) {
    if (!since) since = std::chrono::floor<microseconds>(now);
  }
}

void note_jump(ClockMemory& memory, WallTime::duration jump) {
  if (jump == jump.zero()) return;
  for (auto& [name, since] : memory.written) {
    if (since) since = shifted(*since, jump);
  }
}

void forget_gone(ClockMemory& memory, const std::unordered_set<std::string_view>& there,
                 WallTime now, std::chrono::days kept) {
  std::erase_if(memory.written, [&](const auto& one) {
    return one.second && now - *one.second > kept && !there.contains(one.first);
  });
}

bool follow_clock(ClockMemory& memory, ClockTrust& clock, const ClockFacts& facts) {
  const bool believed = clock.believes(facts);
  note_jump(memory, clock.take_jump());
  if (believed) note_believed(memory, facts.now);
  memory.seen = clock.seen();
  memory.told = std::chrono::floor<microseconds>(std::clamp(facts.now, kFirstTime, kLastTime));
  return believed;
}

std::string serialize_clock_memory(const ClockMemory& memory) {
  json::object written;
  for (const auto& [name, since] : memory.written)
    written.emplace(name, time_value(since));
  return json_text(json::object{{"seen", time_value(memory.seen)},
                                {"told", time_value(memory.told)},
                                {"written", written}}) +
         '\n';
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
  if (const json::value* const told = object->if_contains("told")) {
    time = time_or_null(*told);
    if (!time) return time.error();
    memory.told = *time;
  }
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
