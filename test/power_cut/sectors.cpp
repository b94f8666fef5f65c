#include "power_cut/sectors.hpp"

#include <algorithm>
#include <cstring>

namespace minidvr::power_cut {

using Change = DiskModel::Change;

std::uint64_t size_after(std::uint64_t size, const Change& change) {
  switch (change.call) {
    case Call::resize:
      return change.length;
    case Call::write:
    case Call::reserve:
      return std::max(size, change.offset + change.length);
    default:
      return size;
  }
}

void Sectors::apply(const Change& change) {
  bytes_.resize(size_after(bytes_.size(), change));
  if (change.call == Call::write) {
    std::memcpy(bytes_.data() + change.offset, change.data.data(), change.length);
  }
}

std::string Sectors::after_cut(std::size_t file, std::span<const Change> open,
                               CutChoices& choices) && {
  if (open.empty()) return std::move(bytes_);
  const std::uint64_t durable = bytes_.size();
  std::uint64_t largest = durable;
  std::uint64_t size = durable;
  std::uint64_t kept_size = durable;
  const std::size_t kept = choices.size_changes(file, open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    size = size_after(size, open[i]);
    largest = std::max(largest, size);
    if (i < kept) kept_size = size;
  }
  bytes_.resize(largest);

  constexpr std::size_t kUnasked = ~std::size_t{0};
  const std::size_t count = (largest + kSectorBytes - 1) / kSectorBytes;
  std::vector<std::size_t> changes(count, kUnasked);
  std::vector<bool> written(count, false);
  for (std::size_t i = 0; i < open.size(); ++i) {
    const Change& change = open[i];
    if (change.call == Call::resize && i < kept && change.length < bytes_.size()) {
      // What was cut off does not come back when the file grows again.
      std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(change.length), bytes_.end(), '\0');
    }
    if (change.call != Call::write) continue;
    const std::uint64_t end = change.offset + change.length;
    for (std::uint64_t at = change.offset; at < end;) {
      const std::size_t sector = at / kSectorBytes;
      const std::uint64_t until = std::min<std::uint64_t>(end, (sector + 1) * kSectorBytes);
      if (changes[sector] == kUnasked) {
        changes[sector] = choices.sector_changes(file, sector, open.size());
      }
      if (i < changes[sector]) {
        std::memcpy(bytes_.data() + at, change.data.data() + (at - change.offset), until - at);
        written[sector] = true;
      }
      at = until;
    }
  }
  bytes_.resize(kept_size);
  for (std::size_t sector = 0; sector * kSectorBytes < kept_size; ++sector) {
    const std::size_t at = sector * kSectorBytes;
    if (written[sector] || at < durable || changes[sector] == kUnasked) continue;
    const std::size_t length = std::min<std::size_t>(kSectorBytes, kept_size - at);
    bytes_.replace(at, length, choices.unwritten(file, sector, length));
  }
  return std::move(bytes_);
}

}  // namespace minidvr::power_cut
