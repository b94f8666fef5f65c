#include "core/access_list.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

namespace minidvr {
namespace {

constexpr std::size_t kMostListBytes = 65536;  // XATTR_SIZE_MAX

struct ListEntry {
  std::uint32_t tag = 0;
  std::uint32_t bits = 0;
  std::uint32_t id = 0;
};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (auto at = bytes.size(); at > 0; --at)
    value = (value << 8) | static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at - 1]));
  return value;
}

// In the kernel's order: owner, named users, group, named groups, mask, others.
std::vector<ListEntry> entries_of(std::string_view list) {
  constexpr std::size_t kHeadBytes = 4;
  constexpr std::size_t kEntryBytes = 8;  // 2 each of tag and bits, 4 of the id
  if (list.size() < kHeadBytes) return {};
  if (little_endian(list.substr(0, kHeadBytes)) != POSIX_ACL_XATTR_VERSION) return {};
  list.remove_prefix(kHeadBytes);
  std::vector<ListEntry> entries;
  for (; list.size() >= kEntryBytes; list.remove_prefix(kEntryBytes)) {
    entries.push_back({little_endian(list.substr(0, 2)), little_endian(list.substr(2, 2)),
                       little_endian(list.substr(4, 4))});
  }
  return entries;
}

}  // namespace

std::string access_list_of(const std::filesystem::path& path) {
  std::string list(kMostListBytes, '\0');
  const auto size = ::getxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size());
  list.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return list;
}

std::optional<bool> list_allows(std::string_view list, const FileMode& mode, const User& user,
                                mode_t wanted) {
  const auto entries = entries_of(list);
  if (entries.empty()) return std::nullopt;
  if (user.uid == 0) return true;
  const auto has = [&](std::uint32_t bits) { return (bits & wanted) == wanted; };
  const auto is_member = [&](gid_t group) {
    return std::find(user.groups.begin(), user.groups.end(), group) != user.groups.end();
  };
  constexpr std::uint32_t kAll = 7;
  std::uint32_t mask = kAll;
  for (const auto& entry : entries) {
    if (entry.tag == ACL_MASK) mask = entry.bits;
  }
  bool is_in_a_group = false;
  bool is_allowed = false;  // by one of them: that is enough
  for (const auto& entry : entries) {
    const bool is_group = entry.tag == ACL_GROUP_OBJ || entry.tag == ACL_GROUP;
    if (entry.tag == ACL_USER_OBJ && user.uid == mode.owner) return has(entry.bits);
    if (entry.tag == ACL_USER && user.uid == entry.id) return has(entry.bits & mask);
    if (is_group && is_member(entry.tag == ACL_GROUP ? entry.id : mode.group)) {
      is_in_a_group = true;
      is_allowed = is_allowed || has(entry.bits & mask);
    }
    if (entry.tag == ACL_OTHER && !is_in_a_group) return has(entry.bits);
  }
  return is_allowed;
}

}  // namespace minidvr
