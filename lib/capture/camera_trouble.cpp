#include "capture/camera_trouble.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace minidvr::capture {
namespace {

struct NamedTrouble {
  TroubleCode code;
  std::string_view name;
};

constexpr std::array kTroubleNames = {
    NamedTrouble{TroubleCode::port_taken, "port_taken"},
};

}  // namespace

std::string_view name_of(TroubleCode code) {
  const auto* found = std::find_if(kTroubleNames.begin(), kTroubleNames.end(),
                                   [code](const auto& row) { return row.code == code; });
  if (found == kTroubleNames.end()) throw std::logic_error("a trouble without a name");
  return found->name;
}

std::span<const TroubleCode> named_trouble_codes() {
  static const auto codes = [] {
    std::array<TroubleCode, kTroubleNames.size()> all{};
    std::transform(kTroubleNames.begin(), kTroubleNames.end(), all.begin(),
                   [](const auto& row) { return row.code; });
    return all;
  }();
  return codes;
}

}  // namespace minidvr::capture
