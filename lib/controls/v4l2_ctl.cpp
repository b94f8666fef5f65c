#include "controls/v4l2_ctl.hpp"

#include "controls/reported_text.hpp"
#include "process/run_program.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// The vivid device with its 64 controls prints 11 KB.
constexpr std::size_t kOutputLimit = 1 << 20;
constexpr std::size_t kLongestReason = 200;

// The line around the character at `at`, for people.
std::string line_at(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return display_text(text.substr(begin, end == std::string_view::npos ? end : end - begin),
                      kLongestReason);
}

// The last line: v4l2-ctl says the general thing last.
std::string last_line(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string{} : line_at(text, end);
}

Error no_answer(std::string_view reason) {
  return make_error(Errc::unavailable,
                    fmt::format("the camera's controls are not available now: {}", reason),
                    Reason::no_camera);
}

// Whether it is the whole camera that failed, and not a control of it: it is gone, or was never
// there. Whatever else an errno says (EIO, EPIPE, ETIMEDOUT ...) is said of one control.
bool is_of_device(std::string_view printed) {
  // "No such device or address" is another errno, and one of a control.
  constexpr std::array<std::string_view, 4> kWords = {
      "Cannot open device", "Failed to open", ": No such device\n", "Unable to detect what device"};
  return std::any_of(kWords.begin(), kWords.end(), [printed](std::string_view words) {
    return printed.find(words) != std::string_view::npos;
  });
}

bool has_sense(const Listing& listing) {
  return !listing.controls.empty() || listing.skipped_count == 0;
}

}  // namespace

Task<Result<V4l2Ctl::Answer>> V4l2Ctl::run(std::vector<std::string> arguments) {
  process::ProgramRun run;
  run.name = "v4l2-ctl";
  run.program = tool_.program;
  run.arguments = std::move(arguments);
  run.arguments.insert(run.arguments.begin(), "--device=" + tool_.device);
  run.extra_environment = tool_.environment;
  // Its messages are compared with English ones.
  run.extra_environment.emplace_back("LC_ALL=C");
  run.time_limit = tool_.time_limit;
  run.output_limit = kOutputLimit;
  ++runs_;
  auto output = co_await process::run_program(tasks_, std::move(run));
  if (!output) co_return no_answer(output.error().detail);
  Answer answer{output->status.success(), std::move(output->out), std::move(output->err)};
  if (!answer.success && answer.out.empty() && answer.err.empty()) {
    co_return no_answer(fmt::format("v4l2-ctl {}", output->status.describe()));
  }
  co_return answer;
}

Task<Result<Listing>> V4l2Ctl::list() {
  std::vector<std::string> arguments = {"--list-ctrls-menus"};
  auto answer = co_await run(std::move(arguments));
  if (!answer) co_return answer.error();
  if (!answer->success) {
    const std::string reason = last_line(answer->err);
    co_return no_answer(reason.empty() ? "v4l2-ctl failed" : reason);
  }
  Listing listing = parse_listing(answer->out);
  if (!has_sense(listing)) co_return no_answer("v4l2-ctl printed nothing that is understood");
  co_return listing;
}

Task<Result<CameraIdentity>> V4l2Ctl::identify() {
  std::vector<std::string> arguments = {"--info"};
  auto answer = co_await run(std::move(arguments));
  if (!answer) co_return answer.error();
  auto identity = parse_identity(answer->out);
  if (!identity) {
    const std::string reason = last_line(answer->err);
    co_return no_answer(reason.empty() ? "v4l2-ctl does not say which camera it is" : reason);
  }
  co_return std::move(*identity);
}

Task<Result<V4l2Ctl::SetResult>> V4l2Ctl::set(Setting setting, Then then) {
  std::vector<std::string> arguments = {"--set-ctrl=" + setting.argument()};
  if (then == Then::list) arguments.emplace_back("--list-ctrls-menus");
  auto answer = co_await run(std::move(arguments));
  if (!answer) co_return answer.error();

  SetResult result;
  if (!answer->success) {
    Error failure = set_failure(setting, answer->err);
    if (failure.code == Errc::unavailable) co_return failure;
    result.refusal = std::move(failure);
  }
  if (then == Then::list) {
    Listing listing = parse_listing(answer->out);
    if (!has_sense(listing)) co_return no_answer("v4l2-ctl printed nothing that is understood");
    result.listing = std::move(listing);
  }
  co_return result;
}

Error set_failure(const Setting& setting, const std::string& printed) {
  const std::string last = last_line(printed);
  if (last.empty()) return no_answer("v4l2-ctl failed");
  if (is_of_device(printed + "\n")) return no_answer(last);

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
  const auto* const known = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const auto& one) {
    return printed.find(one.text) != std::string::npos;
  });
  const bool is_known = known != kMeanings.end();
  return make_error(is_known ? known->code : Errc::refused,
                    fmt::format("the camera does not take {}: {}", setting.argument(),
                                is_known ? line_at(printed, printed.find(known->text)) : last),
                    is_known ? known->reason : Reason::control_failed);
}

}  // namespace minidvr::controls
