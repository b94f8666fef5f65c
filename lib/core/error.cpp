#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <stdexcept>

namespace minidvr {
namespace {

struct NamedReason {
  Reason reason;
  std::string_view name;
};

constexpr std::array<NamedReason, 26> kReasonNames = {{
    {Reason::malformed, "malformed"},
    {Reason::login_required, "login_required"},
    {Reason::role_required, "role_required"},
    {Reason::too_many_attempts, "too_many_attempts"},
    {Reason::forbidden, "forbidden"},
    {Reason::not_found, "not_found"},
    {Reason::method_not_allowed, "method_not_allowed"},
    {Reason::timeout, "timeout"},
    {Reason::wrong_state, "wrong_state"},
    {Reason::busy, "busy"},
    {Reason::is_protected, "protected"},
    {Reason::control_inactive, "control_inactive"},
    {Reason::control_failed, "control_failed"},
    {Reason::limit_reached, "limit_reached"},
    {Reason::too_large, "too_large"},
    {Reason::unsupported_type, "unsupported_type"},
    {Reason::range_not_satisfiable, "range_not_satisfiable"},
    {Reason::unknown_host, "unknown_host"},
    {Reason::invalid_value, "invalid_value"},
    {Reason::too_long, "too_long"},
    {Reason::upgrade_required, "upgrade_required"},
    {Reason::internal, "internal"},
    {Reason::unavailable, "unavailable"},
    {Reason::no_camera, "no_camera"},
    {Reason::disk_full, "disk_full"},
    {Reason::wrong_folder, "wrong_folder"},
}};

}  // namespace

std::string_view name_of(Reason reason) {
  const auto* found = std::find_if(kReasonNames.begin(), kReasonNames.end(),
                                   [reason](const auto& row) { return row.reason == reason; });
  if (found == kReasonNames.end()) throw std::logic_error("a reason without a name");
  return found->name;
}

std::span<const Reason> named_reasons() {
  static const auto reasons = [] {
    std::array<Reason, kReasonNames.size()> all{};
    std::transform(kReasonNames.begin(), kReasonNames.end(), all.begin(),
                   [](const auto& row) { return row.reason; });
    return all;
  }();
  return reasons;
}

Reason reason_of(Errc code) {
  switch (code) {
    case Errc::malformed:
      return Reason::malformed;
    case Errc::not_found:
      return Reason::not_found;
    case Errc::wrong_state:
      return Reason::wrong_state;
    case Errc::too_large:
      return Reason::too_large;
    case Errc::unsupported_type:
      return Reason::unsupported_type;
    case Errc::refused:
      return Reason::invalid_value;
    case Errc::internal:
      return Reason::internal;
    case Errc::unavailable:
      return Reason::unavailable;
  }
  return Reason::internal;
}

Reason reason_of(const Error& error) {
  return error.reason == Reason::of_code ? reason_of(error.code) : error.reason;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(where.to_string() + ": value of a failed result: " + error.detail);
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.detail;
}

}  // namespace minidvr
