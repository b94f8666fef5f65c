// Boost.Process v2, compiled once for the whole program.
#include <boost/asio/detail/throw_error.hpp>  // Process 1.81 uses it without including it
#include <boost/process/v2/src.hpp>
