#include "recording/unsynced_leftovers.hpp"

#include "core/log.hpp"
#include "recording/journal.hpp"
#include "recording/media_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording {
namespace {

constexpr const char* kLeftovers = "recovery";  // in the log

// STAMP-RANDOM_NUMBER.mp4, as media_name() makes them: what else lies there is not ours.
bool is_media_name(std::string_view file) {
  constexpr std::string_view kPattern = "dddddddd_dddddd-xxxxxxxx_dddddd.mp4";
  return std::equal(file.begin(), file.end(), kPattern.begin(), kPattern.end(),
                    [](unsigned char c, char pattern) {
                      if (pattern == 'd') return std::isdigit(c) != 0;
                      if (pattern == 'x') return std::isxdigit(c) != 0;
                      return c == static_cast<unsigned char>(pattern);
                    });
}

struct Listing {
  std::vector<std::string> journals;
  std::vector<std::string> media;
};

Result<Listing> list(const Folders& folders) {
  Listing found;
  std::error_code ec;
  const auto path = fmt::format("/proc/self/fd/{}", folders.partial.get());
  std::filesystem::directory_iterator entry(path, ec);
  for (; !ec && entry != std::filesystem::directory_iterator(); entry.increment(ec)) {
    std::string file = entry->path().filename().string();
    if (file.ends_with(kJournalEnding))
      found.journals.push_back(std::move(file));
    else if (is_media_name(file))
      found.media.push_back(std::move(file));
  }
  if (ec) return make_error(Errc::unavailable, ec.message());
  return found;
}

// False: it is still there.
bool remove_leftover(const Folders& folders, const std::string& file, std::string_view why,
                     std::set<std::string>& told) {
  if (::unlinkat(folders.partial.get(), file.c_str(), 0) == 0) {
    log::warning(kLeftovers, "{} {}, so no frame of it was synced; it is removed", file, why);
    return true;
  }
  if (errno == ENOENT) return true;
  const std::string problem = errno_text(errno);
  if (told.insert(file + problem).second) {
    log::error(kLeftovers, "{} stays in .partial: {}, and it can not be removed: {}", file, why,
               problem);
  }
  return false;
}

// The media files that journals know; nothing: one of them can not be read.
std::optional<std::set<std::string>> known_media(const Folders& folders,
                                                 const std::vector<std::string>& journals) {
  std::set<std::string> known;
  for (const auto& name : journals) {
    const auto journal = read_journal(folders.partial.get(), name);
    if (journal) {
      known.insert(journal->header.media);
    } else if (journal.error().code != Errc::not_found) {
      return std::nullopt;
    }
  }
  return known;
}

bool is_whole(const Folders& folders, const std::string& file) {
  const auto media = open_regular(folders.partial.get(), file, O_RDONLY);
  return media && media::verify(media.get());
}

}  // namespace

void remove_unsynced_leftovers(const Folders& folders, const NamesInUse& in_use,
                               std::set<std::string>& told) {
  // A media file is looked for before the journals: one that is begun meanwhile is not in it.
  const auto first = list(folders);
  const auto second = first ? list(folders) : first;
  if (!second) return;  // recover() tells
  std::vector<std::string> journals;
  for (const auto& file : second->journals) {
    const std::string name = file.substr(0, file.size() - kJournalEnding.size());
    if (!in_use.contains(name)) {
      const auto torn = is_torn_journal(folders.partial.get(), file);
      if (torn && *torn && remove_leftover(folders, file, "was only begun", told)) continue;
    }
    journals.push_back(file);
  }
  if (first->media.empty()) return;
  const auto known = known_media(folders, journals);
  if (!known) return;
  for (const auto& file : first->media) {
    if (known->contains(file)) continue;
    if (!is_whole(folders, file)) {
      remove_leftover(folders, file, "has no journal", told);
    } else if (told.insert(file).second) {
      log::error(kLeftovers, "{} stays in .partial: it has no journal, and is whole", file);
    }
  }
}

}  // namespace minidvr::recording
