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
  if (!output) co_return no_answer(output.error().detail);
  if (!output->status.success() && output->out.empty() && output->err.empty()) {
    co_return no_answer(fmt::format("v4l2-ctl {}", output->status.describe()));
  }
  co_return output;
}

Task<Result<CameraIdentity>> V4l2Ctl::identify() {
  std::vector<std::string> arguments = {"--info"};
  auto answer = co_await run(std::move(arguments));
  if (!answer) co_return answer.error();
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
  if (!answer) co_return answer.error();
  SetResult result;
  if (!answer->status.success()) {
    auto failure = failure_of(write, answer->err);
    if (failure.code == Errc::unavailable) co_return failure;
    result.refusal = std::move(failure);
  }
  if (!lists) co_return result;
  result.listing = parse_listing(answer->out);
  const auto& controls = result.listing->controls;
  const bool none_is_well =
      std::all_of(controls.begin(), controls.end(),
                  [](const Control& control) { return !control.failure.empty(); });
  if (none_is_well && result.listing->skipped_count > 0) {
    co_return no_answer("v4l2-ctl printed nothing that is understood");
  }
  co_return result;
}

}  // namespace minidvr::controls
