#include "doctor/processes.hpp"

#include "core/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace minidvr::doctor {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestProcFile = 1 << 20;  // of one of /proc; a table of sockets is long
constexpr std::string_view kOurName = "mini-dvr";

std::optional<pid_t> pid_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  pid_t pid = 0;
  const auto* end = name.data() + name.size();
  const auto [last, error] = std::from_chars(name.data(), end, pid);
  if (error != std::errc() || last != end) return std::nullopt;
  return pid;
}

// By how it was called: the kernel's own name is cut, and some programs change it.
std::string name_of_process(const fs::path& process) {
  const auto words = read_file(process / "cmdline", kLongestProcFile);
  const std::string first = words ? words->substr(0, words->find('\0')) : std::string();
  if (!first.empty()) return fs::path(first).filename().string();
  const auto name = read_file(process / "comm", kLongestProcFile);
  return name ? name->substr(0, name->find('\n')) : "a process";
}

std::optional<pid_t> parent_of(const fs::path& process) {
  constexpr std::string_view kParent = "PPid:";
  const auto status = read_file(process / "status", kLongestProcFile);
  const auto at = status ? status->find(kParent) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const auto begin = status->find_first_of("0123456789", at);
  if (begin == std::string::npos) return std::nullopt;
  pid_t pid = 0;
  std::from_chars(status->data() + begin, status->data() + status->size(), pid);
  return pid;
}

Holder holder(const fs::path& proc, pid_t pid) {
  const fs::path process = proc / std::to_string(pid);
  Holder result{pid, name_of_process(process), false};
  const auto parent = parent_of(process);
  result.is_ours = result.name == kOurName ||
                   (parent && name_of_process(proc / std::to_string(*parent)) == kOurName);
  return result;
}

}  // namespace

OpenFiles::OpenFiles(const fs::path& proc) : proc_(proc) {
  std::error_code ec;
  for (auto entry = fs::directory_iterator(proc, ec); !ec && entry != fs::directory_iterator();
       entry.increment(ec)) {
    if (const auto pid = pid_of(entry->path())) look_at(entry->path(), *pid);
  }
}

void OpenFiles::look_at(const fs::path& process, pid_t pid) {
  std::error_code ec;
  auto entry = fs::directory_iterator(process / "fd", ec);
  // A process that has just ended is not there any more, which is another error.
  if (ec == std::errc::permission_denied) sees_all_ = false;
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    std::error_code unreadable;
    const fs::path target = fs::read_symlink(entry->path(), unreadable);
    if (unreadable) continue;
    auto& pids = pids_[target.string()];
    if (pids.empty() || pids.back() != pid) pids.push_back(pid);
  }
}

std::vector<Holder> OpenFiles::holders_of(const std::string& what) const {
  std::vector<Holder> holders;
  const auto found = pids_.find(what);
  if (found == pids_.end()) return holders;
  for (const pid_t pid : found->second)
    holders.push_back(holder(proc_, pid));
  return holders;
}

std::vector<Holder> OpenFiles::holders_of(std::span<const ListeningSocket> sockets) const {
  std::set<pid_t> pids;
  for (const auto& socket : sockets) {
    const auto found = pids_.find(fmt::format("socket:[{}]", socket.inode));
    if (found != pids_.end()) pids.insert(found->second.begin(), found->second.end());
  }
  std::vector<Holder> holders;
  for (const pid_t pid : pids)
    holders.push_back(holder(proc_, pid));
  return holders;
}

std::vector<ListeningSocket> listening_sockets(const fs::path& proc) {
  std::vector<ListeningSocket> sockets;
  for (const char* file : {"net/tcp", "net/tcp6"}) {
    const auto text = read_file(proc / file, kLongestProcFile);
    if (!text) continue;
    const auto some = parse_sockets(*text);
    sockets.insert(sockets.end(), some.begin(), some.end());
  }
  return sockets;
}

}  // namespace minidvr::doctor
