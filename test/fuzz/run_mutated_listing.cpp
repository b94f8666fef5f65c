// Runs the fuzz target without libFuzzer, so that g++ can build it and the test suite can run it: a
// fixed number of mutated lines, the same ones every time.
//
//   fuzz_listing LISTING [LINES [SEED]]
#include "mutated_listing.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr unsigned long kDefaultLines = 20'000;
// A listing has some dozen controls; mutants meet each other in texts of about that size.
constexpr unsigned long kLinesPerText = 50;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s LISTING [LINES [SEED]]\n", argv[0]);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::string listing{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (listing.empty()) {
    std::fprintf(stderr, "cannot read %s\n", argv[1]);
    return 2;
  }
  const unsigned long lines = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : kDefaultLines;
  const auto seed = static_cast<std::uint32_t>(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1);

  const auto begin = std::chrono::steady_clock::now();
  minidvr::fuzz::ListingMutator mutator(std::move(listing), seed);
  double slowest = 0;
  for (unsigned long done = 0; done < lines;) {
    std::string text;
    for (unsigned long i = 0; i < kLinesPerText && done < lines; ++i, ++done) {
      text += mutator.next_line();
    }
    const auto started = std::chrono::steady_clock::now();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    slowest = std::max(slowest, took.count());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%lu mutated lines in %.1f s, slowest text %.1f ms\n", lines, took.count(),
              slowest * 1000);
  return 0;
}
