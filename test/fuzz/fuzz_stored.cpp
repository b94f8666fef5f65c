// For libFuzzer: clang++ -fsanitize=fuzzer,address,undefined. Seeds: fuzz_stored --seeds FOLDER.
#include "stored_target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minidvr::fuzz::check_stored({reinterpret_cast<const char*>(data), size});
  return 0;
}
