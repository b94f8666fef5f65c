// The one way to report a failure that is expected: Result<T>. Exceptions are for bugs.
#pragma once

#include <iosfwd>
#include <string>
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

struct Error {
  Errc code = Errc::internal;
  std::string detail;  // what is wrong and what is allowed, for a person
};

// A result that is printed, by a failing test above all, says what went wrong.
std::ostream& operator<<(std::ostream& out, const Error& error);

// Called by boost::system::result when value() is asked of a failure: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

template <class T = void>
using Result = boost::system::result<T, Error>;

inline Error make_error(Errc code, std::string detail) {
  return Error{code, std::move(detail)};
}

}  // namespace minidvr
