#include "capture/camera_look.hpp"

#include "capture/preview.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/user.hpp"
#include "process/open_files.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include <unistd.h>

namespace minidvr::capture {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kReadAndWrite = 6;
constexpr const char* kProc = "/proc";

// Those that have the device open, but for what we have started.
std::vector<process::Holder> others_with(const std::string& path) {
  std::error_code ec;
  const fs::path device = fs::canonical(path, ec);
  if (ec) return {};
  auto holders = process::OpenFiles(kProc).holders_of(device.string());
  std::erase_if(holders, [](const process::Holder& one) {
    return process::descends_from(kProc, one.pid, ::getpid());
  });
  return holders;
}

bool asks_for_formats(Complaint complaint) {
  return complaint == Complaint::refused || complaint == Complaint::other_format ||
         complaint == Complaint::no_jpegs;
}

}  // namespace

Task<Result<v4l2::Offered>> list_formats(TaskGroup& tasks, v4l2::Tool tool) {
  std::vector<std::string> arguments = {"--list-formats-ext"};
  const auto output = co_await v4l2::run(tasks, std::move(tool), std::move(arguments));
  if (!output) co_return output.error();
  if (output->status.success()) co_return v4l2::parse_formats(output->out);
  std::string problem = "v4l2-ctl " + output->status.describe();
  if (!output->err.empty()) problem += ": " + output->err;
  co_return make_error(Errc::unavailable, std::move(problem));
}

CameraLook::CameraLook(TaskGroup& tasks, const Settings& settings, Observer observer)
    : tasks_(tasks),
      settings_(settings),
      tool_(camera_tool(settings)),
      observer_(std::move(observer)) {}

CameraFacts CameraLook::facts() const {
  const std::string path = camera_path(settings_);
  const User user = own_user();
  std::error_code ec;
  CameraFacts facts;
  facts.device = settings_.device;
  facts.is_there = fs::exists(path, ec);
  facts.is_device = settings_.device == kVirtualDevice || fs::is_character_file(path, ec);
  facts.is_allowed = refusal(user, path, kReadAndWrite) == 0;
  facts.user = user.name;
  facts.group = group_of(path);
  return facts;
}

void CameraLook::on_start() {
  complaints_.on_start();
  told_.clear();
}

bool CameraLook::is_new(const CameraFacts& facts) {
  auto what = fmt::format("{}{}{}{}", facts.is_there, facts.is_device, facts.is_allowed,
                          complaints_.words());
  const auto now = Steady::now();
  if (what == looked_at_ && now - looked_ < kLongestInterval) return false;
  looked_at_ = std::move(what);
  looked_ = now;
  return true;
}

Task<> CameraLook::run() {
  for (;;) {
    co_await sleep_for(kInterval);
    // Once they come again: the last picture is younger than what ustreamer says of its end.
    const bool delivers = observer_.delivers();
    if (delivers && !delivered_) complaints_.clear();
    delivered_ = delivers;
    if (delivers) co_await look_at_what_comes();
    if (!observer_.waits()) {
      trouble_.reset();
      looked_at_.clear();
      continue;
    }
    CameraFacts seen = facts();
    if (is_new(seen)) co_await look(std::move(seen));
  }
}

// It is recorded, and may not be what somebody counts on.
Task<> CameraLook::look_at_what_comes() {
  if (complaints_.instead().empty() || complaints_.instead() == told_) co_return;
  told_ = complaints_.instead();
  const auto offered = co_await list_formats(tasks_, tool_);
  log::warning("camera", "gives another size or rate than resolution and fps ask for ({}){}", told_,
               offered ? "; it offers: " + v4l2::describe(offered->mjpeg) : std::string());
}

Task<> CameraLook::look(CameraFacts facts) {
  const auto complaint = complaints_.newest();
  if (complaint == Complaint::busy) facts.holders = others_with(camera_path(settings_));
  if (asks_for_formats(complaint)) {
    const auto offered = co_await list_formats(tasks_, tool_);
    if (offered) facts.offered = *offered;
  }
  auto trouble = judge_trouble(facts, complaint, settings_.resolution);
  if (trouble && trouble != trouble_) log::warning("camera", "{}", trouble->line());
  trouble_ = std::move(trouble);
}

}  // namespace minidvr::capture
