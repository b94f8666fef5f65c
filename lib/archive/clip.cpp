#include "archive/clip.hpp"

#include <fmt/format.h>

namespace minidvr::archive {

std::optional<Error> problem_of(const ClipRequest& request) {
  const auto& stretch = request.stretch;
  if (!stretch.to || *stretch.to <= stretch.from) {
    return make_error(Errc::refused, "to must be later than from");
  }
  if (*stretch.to - stretch.from > kLongestClip) {
    return make_error(
        Errc::refused,
        fmt::format("from and to are too far apart; allowed are {} hours", kLongestClip.count()),
        Reason::too_long);
  }
  // Also what is no number.
  if (request.fps && !(*request.fps >= kSlowestClip && *request.fps <= kFastestClip)) {
    return make_error(Errc::refused, fmt::format("fps: allowed is a number from {} to {}, or null",
                                                 kSlowestClip, kFastestClip));
  }
  return std::nullopt;
}

std::string_view describe(ClipState state) {
  switch (state) {
    case ClipState::waiting:
      return "waiting";
    case ClipState::running:
      return "running";
    case ClipState::done:
      return "done";
    case ClipState::failed:
      return "failed";
    case ClipState::cancelled:
      return "cancelled";
    case ClipState::deleted:
      break;
  }
  return "deleted";
}

}  // namespace minidvr::archive
