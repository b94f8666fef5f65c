#include "core/user.hpp"

#include "core/access_list.hpp"

#include <algorithm>
#include <cerrno>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr {
namespace {

constexpr const char* kServiceUser = "minidvr";  // as scripts/install.sh makes it
constexpr const char* kServiceGroup = "video";   // as systemd/mini-dvr.service adds it

std::vector<gid_t> groups_of(const passwd& entry) {
  int count = 0;
  ::getgrouplist(entry.pw_name, entry.pw_gid, nullptr, &count);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 1)));
  count = static_cast<int>(groups.size());
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) count = 0;
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

bool is_refused(const User& user, const std::filesystem::path& path, mode_t wanted) {
  const int error = refusal(user, path, wanted);
  return error == EACCES || error == EPERM;
}

}  // namespace

User user_in_question() {
  const uid_t self = ::geteuid();
  if (self == 0) {
    if (const passwd* service = ::getpwnam(kServiceUser)) {
      User user{service->pw_name, service->pw_uid, groups_of(*service), false};
      if (const group* video = ::getgrnam(kServiceGroup)) user.groups.push_back(video->gr_gid);
      return user;
    }
  }
  return own_user();
}

std::optional<uid_t> reader_instead_of_root() {
  const User user = user_in_question();
  return user.is_self ? std::nullopt : std::optional(user.uid);
}

User own_user() {
  const uid_t self = ::geteuid();
  const passwd* entry = ::getpwuid(self);
  if (entry == nullptr) return {std::to_string(self), self, {}, true};
  return {entry->pw_name, self, groups_of(*entry), true};
}

bool allows(const FileMode& mode, const User& user, mode_t wanted) {
  constexpr unsigned kOwner = 6;
  constexpr unsigned kGroup = 3;
  if (user.uid == 0) return true;
  const auto has = [&](unsigned shift) { return ((mode.bits >> shift) & wanted) == wanted; };
  // The first that fits counts, also when the others allow more.
  if (user.uid == mode.owner) return has(kOwner);
  const bool is_member =
      std::find(user.groups.begin(), user.groups.end(), mode.group) != user.groups.end();
  return has(is_member ? kGroup : 0);
}

int refusal(const User& user, const std::filesystem::path& path, mode_t wanted) {
  // access() numbers its questions as the bits of a mode.
  static_assert(R_OK == 4 && W_OK == 2 && X_OK == 1);
  if (user.is_self) return ::eaccess(path.c_str(), static_cast<int>(wanted)) == 0 ? 0 : errno;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno;
  const FileMode mode{info.st_uid, info.st_gid, info.st_mode};
  const auto by_list = list_allows(access_list_of(path), mode, user, wanted);
  return by_list.value_or(allows(mode, user, wanted)) ? 0 : EACCES;
}

std::string group_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return kServiceGroup;
  const group* entry = ::getgrgid(info.st_gid);
  return entry == nullptr ? std::to_string(info.st_gid) : entry->gr_name;
}

std::filesystem::path what_keeps_from(const User& user, const std::filesystem::path& file,
                                      mode_t wanted) {
  constexpr mode_t kEnter = 1;
  std::error_code ec;
  for (const auto& path :
       {std::filesystem::absolute(file, ec), std::filesystem::canonical(file, ec)}) {
    std::filesystem::path folder;
    for (const auto& name : path.parent_path()) {
      folder /= name;
      if (folder.has_relative_path() && is_refused(user, folder, kEnter)) return folder;
    }
  }
  return is_refused(user, file, wanted) ? file : std::filesystem::path();
}

bool is_kept_from(const User& user, const std::filesystem::path& file, mode_t wanted) {
  return !what_keeps_from(user, file, wanted).empty();
}

}  // namespace minidvr
