// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: fuzz_requests --seeds FOLDER.
#include "requests_target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minidvr::fuzz::check_requests({reinterpret_cast<const char*>(data), size});
  return 0;
}
