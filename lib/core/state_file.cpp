#include "core/state_file.hpp"

#include "core/file.hpp"
#include "core/log.hpp"

#include <fmt/format.h>

namespace minidvr {
namespace {

// After so many damaged files a newer one no longer tells anything new.
constexpr int kMostSetAside = 20;
constexpr std::size_t kMostLoggedProblems = 5;

}  // namespace

Result<std::optional<std::string>> StateFile::read() const {
  if (auto open = ask(gate_); !open) return open.error();
  auto text = read_file(path_, most_bytes_);
  if (text) return std::optional(std::move(*text));
  if (text.error().code == Errc::not_found) return std::optional<std::string>();
  return text.error();
}

void StateFile::set_aside(const char* component, const std::vector<std::string>& problems) const {
  for (std::size_t i = 0; i < problems.size() && i < kMostLoggedProblems; ++i) {
    log::error(component, "{} can not be read: {}", path_.string(), problems[i]);
  }
  std::string why;
  for (int number = 1; number <= kMostSetAside; ++number) {
    const std::filesystem::path aside = fmt::format("{}.damaged-{}", path_.string(), number);
    const auto renamed = rename_without_replacing(path_, aside);
    if (renamed) {
      log::warning(component, "it is kept as {}; what could be read of it is used", aside.string());
      return;
    }
    why = renamed.error().detail;
    if (renamed.error().code != Errc::wrong_state) break;
  }
  log::error(component, "{} can not be set aside and will be replaced: {}", path_.string(), why);
}

Result<> StateFile::write(std::string_view text) const {
  if (text.size() > most_bytes_) {
    return make_error(Errc::too_large,
                      fmt::format("the {} would take {} bytes together; allowed are {}", what_,
                                  text.size(), most_bytes_));
  }
  if (auto open = ask(gate_); !open) return open;
  return write_file_atomically(path_, text);
}

}  // namespace minidvr
