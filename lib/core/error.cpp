#include "core/error.hpp"

#include <ostream>
#include <stdexcept>

namespace minidvr {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(where.to_string() + ": value of a failed result: " + error.detail);
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.detail;
}

}  // namespace minidvr
