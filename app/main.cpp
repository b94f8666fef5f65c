// Settings -> compose -> run -> exit status.

#include "access/access_gate.hpp"
#include "api/front_end.hpp"
#include "archive/archive.hpp"
#include "archive/clips.hpp"
#include "archive/housekeeping.hpp"
#include "archive/retention_files.hpp"
#include "capture/preview.hpp"
#include "commands.hpp"
#include "controls/controls_service.hpp"
#include "core/blocking.hpp"
#include "core/install_paths.hpp"
#include "core/log.hpp"
#include "core/preview_address.hpp"
#include "core/sd_notify.hpp"
#include "core/settings_sources.hpp"
#include "core/task_group.hpp"
#include "core/version.hpp"
#include "dvr/archive_summary.hpp"
#include "dvr/dvr.hpp"
#include "end_of_run.hpp"
#include "inherited.hpp"
#include "recording/known_folder.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <malloc.h>
#include <sys/time.h>
#include <unistd.h>

namespace minidvr {
namespace {

// For what blocks: the segment being written, recovery of earlier ones, free space, the wish, the
// page's files. A disk that hangs holds up those that use it, and nobody else.
constexpr std::size_t kBlockingThreads = 6;
// For reading what has been recorded: whoever downloads never keeps the recorder waiting. Two more,
// as a state folder that hangs keeps the cache and the memory of the clock.
constexpr std::size_t kArchiveThreads = 3 + 2;
// SIGTERM to exit takes 10 s at the most; what hangs then is left behind, and made whole at the
// next start.
constexpr seconds kExitLimit{9};

std::vector<std::string> environment() {
  std::vector<std::string> result;
  for (char** entry = ::environ; *entry != nullptr; ++entry)
    result.emplace_back(*entry);
  return result;
}

void on_exit_limit(int) {
  static volatile std::sig_atomic_t is_second = 0;
  if (is_second != 0) ::_exit(0);
  is_second = 1;
  const itimerval half_a_second{{}, {0, 500'000}};
  ::setitimer(ITIMER_REAL, &half_a_second, nullptr);  // nobody may read stderr
  constexpr std::string_view text = "mini-dvr: something hangs, ending without it\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(0);
}

// A disk that hangs can hold up a thread for ever. The last word is the kernel's. Not before the
// end: an alarm that we inherited is none of ours.
void arm_exit_limit() {
  struct sigaction action {};
  action.sa_handler = on_exit_limit;
  action.sa_flags = SA_NODEFER;  // the second one comes while the first waits
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(static_cast<unsigned>(kExitLimit.count()));
}

// Which folder it is, and those who ask whether it is there.
struct RecordingsFolder {
  explicit RecordingsFolder(const Settings& settings)
      : known(recording::known_folder(settings)),
        gate([this](int open) { return known.admit(open); }),
        state_gate([this, with = recording::state_lies_with_recordings(settings)] {
          return known.look_for_state(with);
        }) {}
  recording::KnownFolder known;
  archive::FolderGate gate;
  StateGate state_gate;
};

archive::Archive::Options archive_options(const Settings& settings, const dvr::Dvr& dvr,
                                          const RecordingsFolder& folder) {
  return {settings.recordings_dir, settings.state_dir, [&dvr] { return dvr.current_file(); },
          settings.mark_protects,  folder.gate,        folder.state_gate};
}

controls::ControlsOptions controls_options(const Settings& settings, const dvr::Dvr& dvr,
                                           StateGate gate) {
  auto tool = capture::camera_tool(settings);
  tool.device = [&dvr] { return dvr.camera_path(); };
  return {std::move(tool), settings.controls_cache_ttl, settings.remember_controls,
          settings.state_dir, std::move(gate)};
}

// A frame's memory is for the next frame: given back to the kernel in between, each would be paged
// in, and zeroed, anew. One heap for all threads: they ask for little, and each of its own would
// keep what it once needed.
void set_up_memory() {
  constexpr int kKept = 4 * 1024 * 1024;  // some frames of a large camera
  ::mallopt(M_TRIM_THRESHOLD, kKept);
  ::mallopt(M_MMAP_THRESHOLD, kKept);
  ::mallopt(M_ARENA_MAX, 1);
}

// Whatever the recorder tells, there may be a new file.
api::DvrAccess access_to(dvr::Dvr& dvr, archive::Archive& archive,
                         const archive::Housekeeping& housekeeping) {
  auto access = api::access_to(dvr);
  access.status = [&dvr, told = dvr::ArchiveSummary(archive, housekeeping)]() mutable {
    auto status = dvr.status();
    status.archive = told.now();
    return status;
  };
  access.observe = [&dvr, &archive](dvr::RecordingObserver observer) {
    observer.on_event = [&archive, tell = std::move(observer.on_event)](const auto& event) {
      archive.look_again();
      tell(event);
    };
    dvr.observe(std::move(observer));
  };
  return access;
}

// With a password or https nothing is served beside the page's door: ustreamer knows neither.
Settings with_closed_preview(Settings settings, const access::AccessGate& gate) {
  if (gate.asks_for_password() || speaks_https(settings)) serve_preview_on(settings, "127.0.0.1");
  return settings;
}

void tell_who_may_in(const Settings& settings, const access::AccessGate& gate) {
  if (gate.asks_for_password()) {
    log::info("mini-dvr", "a password is asked for");
  } else {
    log::info("mini-dvr",
              "no password is asked for: anybody in this network may watch and control "
              "(allow_networks = {}); mini-dvr passwd sets one",
              settings.allow_networks.text);
  }
  if (gate.asks_for_password() || speaks_https(settings)) {
    log::info("mini-dvr", "ustreamer serves this machine only; the picture is in /stream");
  }
}

int run(const Settings& settings, access::AccessGate& gate) {
  net::io_context io{1};
  BlockingPool pool(kBlockingThreads);
  BlockingPool archive_pool(kArchiveThreads);
  EndOfRun end(io);
  const auto on_failure = [&end](const std::string&, const std::string&) { end.fail(); };

  RecordingsFolder folder(settings);
  dvr::Dvr dvr(io.get_executor(), pool, settings, folder.known, folder.state_gate, on_failure);
  controls::ControlsService controls(
      io.get_executor(), pool, controls_options(settings, dvr, folder.state_gate), on_failure);
  archive::Archive archive(io.get_executor(), archive_pool, archive_options(settings, dvr, folder));
  archive::Housekeeping housekeeping(
      archive, {settings.recordings_dir, archive::limits_of(settings),
                [&dvr] { return dvr.owns_folder(); }, settings.state_dir, folder.state_gate});
  archive::Clips clips(io.get_executor(), archive,
                       {settings.recordings_dir, settings.ffmpeg_bin, folder.gate});
  // Should one of them fail, which is logged, recording goes on.
  TaskGroup side_tasks(io.get_executor());
  api::FrontEnd front_end(io.get_executor(), pool, settings, data_dir,
                          access_to(dvr, archive, housekeeping), controls, on_failure);
  front_end.add(archive);
  front_end.add(clips);
  front_end.add(gate);
  const auto read_again = [&front_end] { front_end.read_certificate_again(); };
  net::co_spawn(
      io,
      [&]() -> Task<> {
        dvr.run();
        controls.run([&dvr] { return dvr.camera_arrivals(); },
                     [&front_end] { return front_end.is_watched(); });
        side_tasks.spawn("archive", archive.run());
        side_tasks.spawn("housekeeping", housekeeping.run());
        clips.run();
        side_tasks.spawn("accounts", gate.run());
        front_end.run();
        side_tasks.spawn("watchdog", sd_notify::feed_watchdog());
        sd_notify::ready();
        co_await end.wait(read_again);
        sd_notify::stopping();
        arm_exit_limit();
        // Side by side: no disk that settings are saved to keeps the last segment from its end.
        TaskGroup others(io.get_executor(), on_failure);
        others.spawn("end of the page", front_end.shut_down());
        others.spawn("end of the controls", controls.shut_down());
        others.spawn("end of the clips", clips.shut_down());
        co_await dvr.shut_down();
        side_tasks.cancel();
        co_await others.join();
        co_await side_tasks.join();
      },
      [&end](const std::exception_ptr& error) {
        if (error) end.fail();
      });
  io.run();
  pool.join();
  archive_pool.join();
  log::info("mini-dvr", "ended");
  return end.failed() ? kExitFailure : EXIT_SUCCESS;
}

int serve(const Settings& given) {
  access::AccessGate gate(given.accounts_file, given.allow_networks,
                          local_token_file(given.accounts_file, given.app_port));
  const Settings settings = with_closed_preview(given, gate);
  log::info("mini-dvr", "version {}", kVersion);
  tell_who_may_in(settings, gate);
  return run(settings, gate);
}

int main_program(int argc, char** argv) {
  const auto command_line = parse_command_line({argv + 1, argv + argc});
  if (!command_line) {
    fmt::print(stderr, "mini-dvr: {}\n", command_line.error().detail);
    return kExitBadConfiguration;
  }
  if (command_line->help) {
    fmt::print("{}", help_text());
    return EXIT_SUCCESS;
  }
  if (command_line->version) {
    fmt::print("mini-dvr {}\n", kVersion);
    return EXIT_SUCCESS;
  }
  const auto loaded = load_settings(*command_line, environment(), service_config_file());
  hide_secrets(argc, argv);
  if (!loaded) {
    fmt::print(stderr, "mini-dvr: {}\n", loaded.error().detail);
    return kExitBadConfiguration;
  }
  if (!loaded->hint.empty()) fmt::print(stderr, "mini-dvr: {}\n", loaded->hint);
  if (command_line->check_config) return check_settings(*loaded);
  log::init(loaded->settings.log_level);
  switch (command_line->command) {
    case Command::cleanup:
      return clean_up(loaded->settings, command_line->dry_run);
    case Command::status:
      return tell_status(*loaded, command_line->json);
    case Command::doctor:
      return tell_findings(*loaded);
    case Command::passwd:
      return change_account(loaded->settings, *command_line);
    case Command::token:
      return change_token(loaded->settings, *command_line);
    case Command::tls:
      return make_certificate(loaded->settings, *command_line);
    case Command::run:
      break;
  }
  set_up_memory();
  raise_descriptor_limit();
  // A child or a client that goes away is seen by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
  return serve(loaded->settings);
}

}  // namespace
}  // namespace minidvr

int main(int argc, char** argv) {
  if (!minidvr::open_missing_standard_descriptors()) return minidvr::kExitFailure;
  minidvr::reset_signals();
  int status = minidvr::kExitFailure;
  try {
    status = minidvr::main_program(argc, argv);
  } catch (const std::exception& e) {
    minidvr::log::error("mini-dvr", "{}", e.what());
  }
  minidvr::log::shut_down();
  return status;
}
