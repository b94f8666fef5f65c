#include "core/limited_log.hpp"

#include "core/utf8.hpp"

#include <utility>

namespace minidvr::log {
namespace {

// Longer than every path of ours; enough to recognise anything else by.
constexpr std::size_t kLongestExcerpt = 200;

}  // namespace

LineLimit::Verdict LineLimit::judge(SteadyTime now) {
  Verdict verdict;
  if (lines_ == 0 || now - since_ > std::chrono::minutes(1)) {
    since_ = now;
    lines_ = 0;
    verdict.left_out = std::exchange(left_out_, 0);
  }
  verdict.write = ++lines_ <= most_;
  if (!verdict.write) verdict.begins_to_leave_out = ++left_out_ == 1;
  return verdict;
}

void LimitedLog::write(Level level, std::string_view component, std::string_view message) {
  if (!enabled(level)) return;
  const auto verdict = limit_.judge(Steady::now());
  tell_left_out(verdict.left_out);
  if (verdict.begins_to_leave_out) {
    warning(name_, "more than {} lines in a minute; the rest of it is left out", lines_a_minute_);
  }
  if (verdict.write) log::write(level, component, message);
}

void LimitedLog::tell_left_out(std::uint64_t lines) const {
  if (lines > 0) warning(name_, "{} lines were left out", lines);
}

std::string excerpt(std::string_view text) {
  std::string shown = display_text(text, kLongestExcerpt);
  if (text.size() > kLongestExcerpt) shown += "...";
  return shown;
}

}  // namespace minidvr::log
