// How Catch2 prints a Result: its own way needs values that can be printed.
#pragma once

#include "core/error.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace Catch {

template <class T>
struct StringMaker<boost::system::result<T, minidvr::Error>> {
  static std::string convert(const boost::system::result<T, minidvr::Error>& result) {
    return result ? "a value" : "error: " + result.error().detail;
  }
};

}  // namespace Catch
