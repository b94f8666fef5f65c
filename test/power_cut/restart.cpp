#include "power_cut/restart.hpp"

#include "integration/support/http_client.hpp"
#include "integration/support/service.hpp"
#include "power_cut/log_format.hpp"
#include "support/file_bytes.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
namespace {

// A busy machine takes its time; a program that hangs is noticed.
constexpr milliseconds kPatience{60'000};
constexpr milliseconds kPause{5};
// What lies in an inner folder after the recovery stays there: so long nothing may happen to it.
constexpr milliseconds kQuiet{700};

std::string text_of(const fs::path& file) {
  return test::file_bytes(file);
}

std::uint64_t inode_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw std::runtime_error("no " + path.string());
  return info.st_ino;
}

// A process that is gone when this is.
class Program {
 public:
  Program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
          const fs::path& log) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0644);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int error = ::posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                                    pointers(arguments).data(), pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot start " + arguments.front());
  }
  Program(const Program&) = delete;
  ~Program() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const auto& text : texts)
      result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
  }

  pid_t pid_ = 0;
};

// Whether /status says that segments of the run before are not whole yet. It says so from when it
// has looked.
bool recovering(const boost::json::object& status) {
  return status.at("recorder").at("recovering").to_number<std::uint64_t>() > 0;
}

bool media_in_inner_folders(const Disk& disk) {
  for (const auto& [path, bytes] : disk.files) {
    if (path.find('/') != std::string::npos && path.ends_with(".mp4")) return true;
  }
  return false;
}

// Commands are answered, nothing is being recovered, and nothing moves.
void wait_until_recovered(std::uint16_t port, const fs::path& recordings) {
  const auto deadline = Clock::now() + kPatience;
  const auto pause = [&](const char* what) {
    if (Clock::now() > deadline) throw std::runtime_error(what);
    std::this_thread::sleep_for(kPause);
  };
  while (test::get(port, "/status").status != 200)
    pause("mini-dvr does not start");
  test::WebSocket socket(port);
  socket.send(R"({"command":"stop"})");
  if (!socket.await("idle", kPatience)) throw std::runtime_error("mini-dvr answers no command");
  // What can not be made whole stays, and is counted as long as it does.
  const auto goes_on = [&](const Disk& disk) {
    return media_in_inner_folders(disk) || recovering(test::json(test::get(port, "/status")));
  };
  Disk disk = read_disk(recordings);
  for (auto since = Clock::now(); Clock::now() - since < kQuiet && goes_on(disk);) {
    pause("mini-dvr's recovery goes on and on");
    Disk now = read_disk(recordings);
    if (now != disk) since = Clock::now();
    disk = std::move(now);
  }
}

}  // namespace

void put_on_disk(const Disk& disk, const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& inner : disk.folders)
    fs::create_directories(folder / inner);
  for (const auto& [path, bytes] : disk.files) {
    std::ofstream(folder / path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
}

Disk read_disk(const fs::path& folder) {
  Disk disk;
  std::error_code gone;
  for (const auto& entry : fs::recursive_directory_iterator(folder, gone)) {
    const std::string path = entry.path().lexically_relative(folder);
    if (entry.is_directory(gone)) disk.folders.push_back(path);
    if (entry.is_regular_file(gone)) disk.files[path] = text_of(entry.path());
  }
  std::sort(disk.folders.begin(), disk.folders.end());
  return disk;
}

Disk Machine::recover(const Disk& disk) {
  put_on_disk(disk, recordings());
  run_until_recovered({});
  return read_disk(recordings());
}

Disk Machine::cut_during_recovery(const Disk& disk, std::uint64_t at, CutChoices& choices) {
  put_on_disk(disk, recordings());
  const fs::path log_file = folder_ / "write-log";
  WriteLog::create(log_file);
  std::map<std::string, std::uint64_t> inodes;
  for (const auto& entry : fs::recursive_directory_iterator(recordings()))
    inodes[entry.path().lexically_relative(recordings())] = inode_of(entry.path());
  run_until_recovered({std::string(kLogVariable) + "=" + log_file.string(),
                       std::string(kFolderVariable) + "=" + recordings().string()});
  const WriteLog log(log_file, recordings());
  fs::remove(log_file);
  const DiskModel model(log, inode_of(recordings()), disk, inodes);
  if (model.at_end() != read_disk(recordings())) {
    throw std::runtime_error("the log does not tell all that the recovery did");
  }
  return model.after_cut(at % (log.events().size() + 1), choices);
}

void Machine::run_until_recovered(std::vector<std::string> environment) {
  const char* program = std::getenv("TEST_PROGRAM");
  const auto port = test::free_port();
  const std::vector<std::string> arguments = {
      program != nullptr ? program : MINIDVR_BINARY, "--app-host", "127.0.0.1", "--app-port",
      std::to_string(port), "--preview", "off", "--device", (folder_ / "no-camera").string(),
      "--stream-url", "http://127.0.0.1:1/stream", "--record-at-start", "off", "--min-free", "0",
      // Each disk comes to the same place.
      "--recordings-dir-id", "any", "--recordings-dir", recordings().string(), "--accounts-file",
      (folder_ / "accounts.json").string()};
  for (char** entry = ::environ; *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  environment.insert(environment.begin(), "LD_PRELOAD=" MINIDVR_POWER_CUT);
  environment.push_back(std::string(kWithParentVariable) + "=1");
  environment.push_back(
      fmt::format("{}=00000000-0000-4000-8000-{:012x}\n", kBootIdVariable, ++boots_));
  const fs::path log = folder_ / "log";
  try {
    const Program running(arguments, environment, log);
    wait_until_recovered(port, recordings());
  } catch (const std::exception& e) {
    throw std::runtime_error(std::string(e.what()) + "\n" + text_of(log));
  }
}

}  // namespace minidvr::power_cut
