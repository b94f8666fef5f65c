// Runs a fuzz target without libFuzzer, so that g++ can build it and the test suite can run it: a
// fixed number of damaged inputs, the same ones every time.
//
//   PROGRAM [INPUTS [SEED]]
//   PROGRAM --input FILE        tries this one
//   PROGRAM --seeds FOLDER      writes what all begins with, for libFuzzer
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::fuzz {

struct Material {
  const char* what;                     // "answers of odd servers", for whoever reads the log
  unsigned long inputs;                 // when no number is given
  std::size_t longest;                  // bytes of an input
  std::vector<std::string> seeds;       // whole ones
  std::vector<std::string_view> words;  // what the parsers look for, or may trip over
};

// The exit status.
int run_mutated(int argc, char** argv, Material material);

}  // namespace minidvr::fuzz
