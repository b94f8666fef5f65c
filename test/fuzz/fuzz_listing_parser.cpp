// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: test/fixtures/v4l2-ctl-*.
#include "listing_target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minidvr::fuzz::check_listing({reinterpret_cast<const char*>(data), size});
  return 0;
}
