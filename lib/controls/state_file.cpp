#include "controls/state_file.hpp"

#include "controls/log_component.hpp"
#include "core/file.hpp"
#include "core/log.hpp"

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// After so many damaged files a newer one no longer tells anything new.
constexpr int kMostSetAside = 20;
constexpr std::size_t kMostLoggedProblems = 5;

}  // namespace

std::string StateFile::load() const {
  auto text = read_file(path_, kMostBytes);
  if (text) return std::move(*text);
  if (text.error().code == Errc::too_large) {
    set_aside({text.error().detail});
  } else if (text.error().code != Errc::not_found) {
    log::error(kComponent, "the {} are not available: {}", what_, text.error().detail);
  }
  return {};
}

void StateFile::set_aside(const std::vector<std::string>& problems) const {
  for (std::size_t i = 0; i < problems.size() && i < kMostLoggedProblems; ++i) {
    log::error(kComponent, "{} is damaged: {}", path_.string(), problems[i]);
  }
  for (int number = 1; number <= kMostSetAside; ++number) {
    const std::filesystem::path aside = fmt::format("{}.damaged-{}", path_.string(), number);
    const auto renamed = rename_without_replacing(path_, aside);
    if (renamed) {
      log::warning(kComponent, "it is kept as {}; what could be read of it is used",
                   aside.string());
      return;
    }
    if (renamed.error().code != Errc::wrong_state) break;
  }
  log::error(kComponent, "{} can not be set aside and will be replaced", path_.string());
}

Result<> StateFile::save(std::string_view text) const {
  if (text.size() > kMostBytes) {
    return make_error(Errc::too_large,
                      fmt::format("the {} would take {} bytes together; allowed are {}", what_,
                                  text.size(), kMostBytes));
  }
  if (auto open = ask(gate_); !open) return open;
  return write_file_atomically(path_, text);
}

}  // namespace minidvr::controls
