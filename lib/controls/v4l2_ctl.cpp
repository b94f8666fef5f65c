#include "controls/v4l2_ctl.hpp"

#include "core/text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

constexpr std::size_t kLongestReason = 200;

// For people: v4l2-ctl says what is wrong last.
std::string last_line(std::string_view text) {
  text = trim(text, " \t\r\n");
  return display_text(text.substr(text.rfind('\n') + 1), kLongestReason);
}

Error no_answer(std::string_view reason) {
  return make_error(Errc::unavailable,
                    fmt::format("the camera's controls are not available now: {}",
                                reason.empty() ? "v4l2-ctl failed" : reason),
                    Reason::no_camera);
}

bool holds_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view one) {
    return text.find(one) != std::string_view::npos;
  });
}

}  // namespace

Error failure_of(const Write* write, const std::string& printed) {
  const std::string reason = last_line(printed);
  // Whether it is the whole camera that failed, and not a control of it: it is gone, or was never
  // there. Whatever else an errno says (EIO, EPIPE, ETIMEDOUT ...) is said of one control, as is
  // "No such device or address".
  if (write == nullptr || reason.empty() ||
      holds_one_of(printed + "\n", {"Cannot open device", "Failed to open", ": No such device\n",
                                    "Unable to detect what device"})) {
    return no_answer(reason);
  }
  struct Meaning {
    std::string_view text;  // of errno, as strerror gives it
    Errc code;
    Reason reason = Reason::of_code;
  };
  constexpr std::array<Meaning, 5> kMeanings = {{
      // uvcvideo: inactive or read-only
      {"Permission denied", Errc::wrong_state, Reason::control_inactive},
      {"Device or resource busy", Errc::wrong_state, Reason::busy},
      {"Invalid argument", Errc::refused},
      {"Numerical result out of range", Errc::refused},
      {"unknown control", Errc::not_found},
  }};
  Meaning meaning{{}, Errc::refused, Reason::control_failed};
  for (const Meaning& known : kMeanings) {
    if (holds_one_of(printed, {known.text})) meaning = known;
  }
  return make_error(meaning.code,
                    fmt::format("the camera does not take {}: {}", write->argument(), reason),
                    meaning.reason);
}

Task<Result<process::ProgramOutput>> V4l2Ctl::run(std::vector<std::string> arguments) {
  ++runs_;
  auto output = co_await v4l2::run(tasks_, tool_, std::move(arguments));
  if (output && !output->status.success() && output->out.empty() && output->err.empty()) {
    co_return make_error(Errc::unavailable, fmt::format("v4l2-ctl {}", output->status.describe()));
  }
  co_return output;
}

Task<Result<CameraIdentity>> V4l2Ctl::identify() {
  std::vector<std::string> arguments = {"--info"};
  auto answer = co_await run(std::move(arguments));
  if (!answer) co_return no_answer(answer.error().detail);
  auto identity = parse_identity(answer->out);
  if (identity) co_return std::move(*identity);
  const std::string reason = last_line(answer->err);
  co_return no_answer(reason.empty() ? "v4l2-ctl does not say which camera it is" : reason);
}

Task<Result<V4l2Ctl::SetResult>> V4l2Ctl::set(const Write* write, bool lists) {
  std::vector<std::string> arguments;
  if (write != nullptr) arguments.push_back("--set-ctrl=" + write->argument());
  if (lists) arguments.emplace_back("--list-ctrls-menus");
  auto answer = co_await run(std::move(arguments));
  SetResult result;
  if (!answer && write != nullptr && answer.error().reason == Reason::timeout) {
    result.timed_out = true;
    result.refusal = make_error(Errc::refused,
                                fmt::format("the camera does not take {}: it did not answer within "
                                            "{:.0f} s",
                                            write->argument(), to_seconds(tool_.time_limit)),
                                Reason::control_failed);
    co_return result;
  }
  if (!answer) co_return no_answer(answer.error().detail);
  if (!answer->status.success()) {
    auto failure = failure_of(write, answer->err);
    if (failure.code == Errc::unavailable) co_return failure;
    result.refusal = std::move(failure);
  }
  // v4l2-ctl does not list after a name that it does not know.
  const bool ended_before = result.refusal && answer->out.empty();
  if (!lists || ended_before) co_return result;
  auto listing = parse_listing(answer->out);
  const bool makes_sense = !listing.controls.empty() || listing.skipped_count == 0;
  if (makes_sense) {
    result.listing = std::move(listing);
  } else if (write == nullptr) {
    co_return no_answer("v4l2-ctl printed nothing that is understood");
  }
  co_return result;
}

}  // namespace minidvr::controls
