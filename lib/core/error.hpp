// The one way to report a failure that is expected: Result<T>. Exceptions are for bugs.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace minidvr {

// What kind of failure it is, as a client sees it. The numbers are the HTTP statuses of the
// contract.
enum class Errc {
  malformed = 400,
  not_found = 404,
  wrong_state = 409,
  too_large = 413,
  unsupported_type = 415,
  refused = 422,
  internal = 500,
  unavailable = 503,
};

// The same for programs, finer where one may want to act on it or say it in another language.
// Clients are told the name, which never changes; static/api/openapi.json says what each means.
enum class Reason {
  of_code,  // nothing finer than the Errc
  malformed,
  login_required,
  role_required,
  too_many_attempts,
  forbidden,
  not_found,
  method_not_allowed,
  timeout,
  wrong_state,
  busy,
  is_protected,
  control_inactive,
  control_failed,
  limit_reached,
  too_large,
  unsupported_type,
  range_not_satisfiable,
  unknown_host,
  invalid_value,
  too_long,
  upgrade_required,
  internal,
  unavailable,
  no_camera,
  disk_full,
  wrong_folder,
};

// Of what clients are told; of_code has none.
std::string_view name_of(Reason reason);
// All that have a name.
std::span<const Reason> named_reasons();

Reason reason_of(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string detail;  // what is wrong and what is allowed, for a person
  Reason reason = Reason::of_code;
};

// Never of_code.
Reason reason_of(const Error& error);

// A result that is printed, by a failing test above all, says what went wrong.
std::ostream& operator<<(std::ostream& out, const Error& error);

// Called by boost::system::result when value() is asked of a failure: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

template <class T = void>
using Result = boost::system::result<T, Error>;

inline Error make_error(Errc code, std::string detail, Reason reason = Reason::of_code) {
  return Error{code, std::move(detail), reason};
}

}  // namespace minidvr
