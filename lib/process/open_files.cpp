#include "process/open_files.hpp"

#include "core/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace minidvr::process {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestProcFile = 1 << 20;
constexpr std::size_t kLongestTable = 32 << 20;  // of sockets: 150 bytes each
constexpr std::string_view kOurName = "mini-dvr";

// Processes and descriptors are named by their numbers.
std::optional<int> number_in(const fs::path& path) {
  const std::string name = path.filename().string();
  int number = 0;
  const auto* end = name.data() + name.size();
  const auto [last, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
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
    if (const auto pid = number_in(entry->path())) look_at(*pid);
  }
}

void OpenFiles::look_at(pid_t pid) {
  std::error_code ec;
  const auto descriptors = open_descriptors(proc_, pid, ec);
  // A process that has just ended is not there any more, which is another error.
  if (ec == std::errc::permission_denied) sees_all_ = false;
  for (const auto& one : descriptors) {
    auto& pids = pids_[one.what];
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

std::vector<Holder> OpenFiles::holders_of(std::span<const TcpSocket> sockets) const {
  std::set<pid_t> pids;
  for (const auto& socket : sockets) {
    const auto found = pids_.find(link_to(socket));
    if (found != pids_.end()) pids.insert(found->second.begin(), found->second.end());
  }
  std::vector<Holder> holders;
  for (const pid_t pid : pids)
    holders.push_back(holder(proc_, pid));
  return holders;
}

std::string link_to(const TcpSocket& socket) {
  return fmt::format("socket:[{}]", socket.inode);
}

std::vector<OpenDescriptor> open_descriptors(const fs::path& proc, pid_t pid, std::error_code& ec) {
  std::vector<OpenDescriptor> descriptors;
  auto entry = fs::directory_iterator(proc / std::to_string(pid) / "fd", ec);
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    std::error_code unreadable;
    const fs::path target = fs::read_symlink(entry->path(), unreadable);
    const auto number = number_in(entry->path());
    if (!unreadable && number) descriptors.push_back({*number, target.string()});
  }
  return descriptors;
}

std::optional<bool> has_open(const fs::path& proc, pid_t pid, const std::string& what) {
  std::error_code ec;
  const auto descriptors = open_descriptors(proc, pid, ec);
  const bool has = std::any_of(descriptors.begin(), descriptors.end(),
                               [&](const auto& one) { return one.what == what; });
  if (!has && descriptors.empty() && ec) return std::nullopt;
  return has;
}

bool descends_from(const fs::path& proc, pid_t pid, pid_t ancestor) {
  constexpr int kDeepest = 64;  // a process that ends meanwhile may leave its number to another
  for (int depth = 0; depth < kDeepest && pid > 1; ++depth) {
    if (pid == ancestor) return true;
    pid = parent_of(proc / std::to_string(pid)).value_or(0);
  }
  return false;
}

std::optional<std::vector<TcpSocket>> tcp_sockets(const fs::path& proc) {
  std::optional<std::vector<TcpSocket>> sockets;
  for (const char* file : {"net/tcp", "net/tcp6"}) {
    const auto text = read_file(proc / file, kLongestTable);
    if (!text) continue;  // a kernel without IPv6 has one
    if (!sockets) sockets.emplace();
    const auto some = parse_tcp_sockets(*text);
    sockets->insert(sockets->end(), some.begin(), some.end());
  }
  return sockets;
}

}  // namespace minidvr::process
