#include "doctor/examination.hpp"

#include "archive/retention_files.hpp"
#include "capture/camera_look.hpp"
#include "capture/camera_search.hpp"
#include "capture/preview.hpp"
#include "core/file.hpp"
#include "core/host_name.hpp"
#include "core/preview_address.hpp"
#include "core/shown_url.hpp"
#include "core/user.hpp"
#include "doctor/accounts_check.hpp"
#include "doctor/camera_check.hpp"
#include "doctor/certificate_check.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/folder_check.hpp"
#include "doctor/machine_check.hpp"
#include "doctor/network_check.hpp"
#include "doctor/port_check.hpp"
#include "doctor/program_check.hpp"
#include "doctor/running_service.hpp"
#include "doctor/service_check.hpp"
#include "doctor/service_walls.hpp"
#include "doctor/settings_check.hpp"
#include "doctor/state_check.hpp"
#include "process/open_files.hpp"
#include "process/run_program.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

namespace minidvr::doctor {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

using Sockets = std::vector<process::TcpSocket>;

constexpr std::size_t kMostResolvBytes = 64 * 1024;  // it has some lines
constexpr seconds kVersionLimit{5};  // of one program; a memory card may have to be read first

// What the mini-dvr that runs tells, as far as it matters here.
struct Running {
  bool delivers = false;
  double stream_rate = 0;  // bytes a second; 0: none comes
};

std::optional<Running> running_facts(const Result<ServiceAnswer>& health) {
  if (!health) return std::nullopt;
  Running running;
  const auto* camera = health->document.if_contains("camera");
  const auto* fields = camera == nullptr ? nullptr : camera->if_object();
  if (fields == nullptr) return running;
  const auto* online = fields->if_contains("online");
  running.delivers = online != nullptr && *online == true;
  const auto* rate = fields->if_contains("bytes_per_second");
  if (running.delivers && rate != nullptr && rate->is_number())
    running.stream_rate = rate->to_number<double>();
  return running;
}

// A unit names its file from / on.
std::string whole_path(const std::string& file) {
  std::error_code ec;
  return file.empty() ? file : fs::absolute(file, ec).string();
}

class Examination {
 public:
  Examination(TaskGroup& tasks, const LoadedSettings& loaded, Machine machine)
      : tasks_(tasks),
        config_file_(whole_path(loaded.config_file)),
        settings_(loaded.settings),
        is_local_(records_preview(settings_)),
        machine_(std::move(machine)),
        user_(machine_.user),
        open_files_(machine_.proc) {}

  Task<> run() {
    const auto health = co_await ask_service(settings_, "/health", kAnswerLimit, machine_.proc);
    running_ = running_facts(health);
    may_run_ = health || health.error().code == Errc::refused;
    add(judge_service(health));
    co_await look_at_unit();
    look_at_settings_file();
    co_await look_at_programs();
    if (!is_local_) tell_stream();
    if (settings_.preview) co_await look_at_camera();
    look_at_ports();
    const auto accounts = accounts_facts(settings_, user_);
    add(judge_accounts(accounts));
    look_at_network(accounts.people + accounts.tokens > 0);
    if (speaks_https(settings_)) add(judge_certificate(certificate_facts(settings_, user_)));
    look_at_folder();
    add(judge_state(state_facts(settings_, user_)));
    if (walls_) add(judge_walls(*walls_, settings_));
    look_at_clock();
    co_await look_at_power();
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add(std::vector<Finding> findings) {
    for (auto& one : findings)
      add(std::move(one));
  }

  // Of ustreamer, and of what it needs: a recording of another server's stream goes on without.
  void add_of_preview(Finding finding) {
    if (!is_local_ && finding.grade == Grade::problem) finding.grade = Grade::warning;
    add(std::move(finding));
  }

  void tell_stream() {
    std::string text = "the stream is that of " + shown_url(settings_.stream_url);
    if (settings_.preview) {
      text += "; what ustreamer serves is not recorded";
    } else {
      text = "preview is off: " + text;
    }
    add({Grade::ok, "stream", std::move(text), {}});
  }

  // That what ustreamer serves reaches the mini-dvr that runs.
  bool preview_delivers() const { return is_local_ && running_ && running_->delivers; }

  // Who asks for himself is not behind it.
  Task<> look_at_unit() {
    if (user_.is_self) co_return;
    process::ProgramRun run;
    run.name = run.program = machine_.systemctl;
    run.arguments = question_for_walls();
    const auto output = co_await process::run_program(tasks_, std::move(run));
    if (output && output->status.success()) walls_ = parse_walls(output->out, config_file_);
  }

  std::string hidden(const fs::path& path) const {
    return walls_ && !path.empty() ? why_hidden(*walls_, path) : std::string();
  }
  std::string not_writable(const fs::path& path) const {
    return walls_ ? why_not_writable(*walls_, path) : std::string();
  }

  // Who asks for himself has read it.
  void look_at_settings_file() {
    if (user_.is_self) return;
    auto facts = settings_file_facts(config_file_, user_);
    facts.hidden = hidden(config_file_);
    add(judge_settings_file(facts));
  }

  // Why that user can not run what root can; empty: nothing is known.
  std::string why_not_run(const std::string& program) const {
    const auto found = process::find_program(program);
    if (user_.is_self || !found) return {};
    constexpr mode_t kRun = 1;
    if (is_kept_from(user_, *found, kRun)) return user_.name + " may not run " + *found;
    return hidden(*found);
  }

  Task<Finding> look_at_program(ProgramFacts facts, std::string program, std::string question) {
    facts.problem = why_not_run(program);
    if (!facts.problem.empty()) co_return judge_program(facts);
    process::ProgramRun run;
    run.name = facts.name;
    run.program = std::move(program);
    run.arguments = {std::move(question)};
    run.time_limit = kVersionLimit;
    const auto output = co_await process::run_program(tasks_, std::move(run));
    if (!output) {
      facts.problem = output.error().detail;
    } else {
      facts.printed = output->out;
    }
    co_return judge_program(facts);
  }

  Task<> look_at_programs() {
    ProgramFacts ustreamer{"ustreamer", "ustreamer", "ustreamer_bin", {}, {}};
    ProgramFacts ffmpeg{"ffmpeg", "ffmpeg", "ffmpeg_bin", {}, {}};
    ProgramFacts v4l2_ctl{"v4l2-ctl", "v4l-utils", "v4l2_ctl_bin", {}, {}};
    if (settings_.preview) {
      auto finding =
          co_await look_at_program(std::move(ustreamer), settings_.ustreamer_bin, "--version");
      add_of_preview(std::move(finding));
    }
    auto of_ffmpeg = co_await look_at_program(std::move(ffmpeg), settings_.ffmpeg_bin, "-version");
    add(std::move(of_ffmpeg));
    auto of_v4l2_ctl =
        co_await look_at_program(std::move(v4l2_ctl), settings_.v4l2_ctl_bin, "--version");
    add(std::move(of_v4l2_ctl));
  }

  Task<> look_at_camera() {
    const auto node = capture::find_node(settings_, machine_.sys);
    if (node.reason != capture::NodeReason::as_configured)
      add(judge_node(settings_.device, node.path));
    settings_.device = node.path;
    const std::string path = capture::camera_path(settings_);
    const bool is_virtual = settings_.device == kVirtualDevice;
    std::error_code ec;
    if (is_virtual && !fs::exists(path, ec)) {
      add({Grade::ok, "camera", "the virtual camera, which is made when mini-dvr starts", {}});
      co_return;
    }
    CameraFacts facts;
    facts.device = settings_.device;
    const auto kind = fs::status(path, ec).type();
    facts.is_there = fs::exists(path, ec);
    facts.is_device = is_virtual || kind == fs::file_type::character;
    facts.user = user_.name;
    constexpr mode_t kReadAndWrite = 6;
    facts.is_allowed = refusal(user_, path, kReadAndWrite) == 0;
    facts.group = group_of(path);
    facts.sees_all = open_files_.sees_all();
    const fs::path device = fs::canonical(path, ec);
    if (!is_virtual && !ec) facts.holders = open_files_.holders_of(device.string());
    facts.service_runs = may_run_;
    facts.delivers = preview_delivers();
    if (facts.is_there && facts.is_device && facts.is_allowed) {
      auto tool = capture::camera_tool(settings_);
      const auto offered = co_await capture::list_formats(tasks_, std::move(tool));
      if (offered) facts.offered = *offered;
      if (!offered) facts.listing_problem = offered.error().detail;
    }
    for (auto& finding : judge_camera(facts, settings_.resolution, settings_.fps))
      add_of_preview(std::move(finding));
  }

  void look_at_ports() {
    const auto sockets = process::tcp_sockets(machine_.proc).value_or(Sockets{});
    PortFacts app{"app_port", settings_.app_port, false, {}, may_run_, may_run_};
    add(look_at_port(sockets, settings_.app_host, app));
    if (!settings_.preview) return;
    PortFacts preview{"preview_port", settings_.preview_port, false, {},
                      may_run_,       preview_delivers()};
    const auto services = app.holders;
    add_of_preview(look_at_port(sockets, settings_.preview_host, preview, services));
  }

  // `services`: who may have it; empty: any mini-dvr.
  Finding look_at_port(const Sockets& sockets, const std::string& host, PortFacts& facts,
                       const std::vector<process::Holder>& services = {}) const {
    const auto address = net::ip::make_address(host);  // has been checked
    Sockets in_the_way;
    for (const auto& socket : process::listening(sockets)) {
      if (socket.local.port() == facts.port && process::excludes(socket, address))
        in_the_way.push_back(socket);
    }
    facts.is_taken = !in_the_way.empty();
    facts.holders = open_files_.holders_of(in_the_way);
    // A ustreamer of another mini-dvr is none of the one that runs.
    for (auto& holder : facts.holders) {
      const auto has_started_it = [&](const process::Holder& one) {
        return process::descends_from(machine_.proc, holder.pid, one.pid);
      };
      if (!services.empty()) {
        holder.is_ours = std::any_of(services.begin(), services.end(), has_started_it);
      }
    }
    return judge_port(facts);
  }

  void look_at_network(bool asks_for_password) {
    if (!walls_) return;
    NetworkFacts facts{settings_.allow_networks, asks_for_password, {}, {}};
    if (!is_local_) facts.stream_host = host_of(settings_.stream_url);
    if (const auto text = read_file(machine_.resolv_conf, kMostResolvBytes))
      facts.name_servers = name_servers_in(*text);
    add(judge_network(*walls_, facts));
  }

  void look_at_folder() {
    FolderFacts facts = folder_facts(settings_, user_);
    facts.walled = not_writable(facts.path);
    if (!facts.walled.empty()) facts.way = way_to_write(*walls_, facts.path);
    facts.stream_rate_is_measured = running_ && running_->stream_rate > 0;
    facts.stream_rate = facts.stream_rate_is_measured
                            ? running_->stream_rate
                            : usual_stream_rate(settings_.resolution.width,
                                                settings_.resolution.height, settings_.fps);
    const fs::path existing = nearest_existing(facts.path);
    std::error_code ec;
    if (may_be_tried(facts) && fs::is_directory(existing, ec))
      take_trial(facts, try_disk(existing), user_.is_self);
    add(judge_folder(facts));
  }

  void look_at_clock() {
    const auto facts = archive::clock_facts();
    const bool asks_kernel = !walls_ || walls_->protect_clock != "yes";
    const auto heard = archive::is_synchronized({}, archive::kTimesyncdMark, facts.now);
    add(judge_clock(facts, asks_kernel || heard == true));
  }

  Task<> look_at_power() {
    PowerFacts facts = read_power(machine_.sys);
    process::ProgramRun run;
    run.name = run.program = machine_.vcgencmd;
    run.arguments = {"get_throttled"};
    const auto output = co_await process::run_program(tasks_, std::move(run));
    if (output && output->status.success()) {
      if (const auto bits = parse_throttled(output->out)) facts.throttled = bits;
    }
    add(judge_power(facts));
  }

  TaskGroup& tasks_;
  const std::string config_file_;  // empty: none was read
  Settings settings_;              // with the device that is used
  const bool is_local_;            // what is recorded is what ustreamer serves
  const Machine machine_;
  const User user_;
  const process::OpenFiles open_files_;
  std::optional<ServiceWalls> walls_;  // nullopt: none are known
  std::optional<Running> running_;
  bool may_run_ = false;  // also one that does not tell how it is: nothing of it is in the way
  std::vector<Finding> findings_;
};

}  // namespace

Task<std::vector<Finding>> examine(TaskGroup& tasks, const LoadedSettings& loaded,
                                   Machine machine) {
  Examination examination(tasks, loaded, std::move(machine));
  co_await examination.run();
  co_return examination.take();
}

}  // namespace minidvr::doctor
