#include "run_mutated.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include <fmt/format.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace minidvr::fuzz {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostMutations = 6;
constexpr std::size_t kLongestPiece = 400;

class Mutator {
 public:
  Mutator(Material material, std::uint32_t seed) : material_(std::move(material)), random_(seed) {}

  std::string next() {
    std::string input = material_.seeds[below(material_.seeds.size())];
    for (std::size_t i = below(kMostMutations) + 1; i > 0; --i)
      mutate(input);
    if (input.size() > material_.longest) input.resize(material_.longest);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void mutate(std::string& input) {
    const auto at = below(input.size() + 1);
    const auto length = below(std::min(input.size() - at, kLongestPiece) + 1);
    switch (below(6)) {
      case 0:
        input.insert(at, material_.words[below(material_.words.size())]);
        break;
      case 1:
        input.erase(at, below(8) == 0 ? length : below(5));
        break;
      case 2:
        input.insert(below(input.size() + 1), input.substr(at, length));
        break;
      case 3:
        if (at < input.size()) input[at] = static_cast<char>(random_() & 0xff);
        break;
      case 4:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      default: {
        const auto& other = material_.seeds[below(material_.seeds.size())];
        input = input.substr(0, at) + other.substr(below(other.size()));
      }
    }
  }

  Material material_;
  std::mt19937 random_;
};

// The input that is being tried: printed when a promise is broken, so that it can be tried again.
std::string current;

void print_current(int /*signal*/) {
  std::string text = "the input was, as printf of a shell takes it:\n";
  for (const char c : current)
    text += c >= ' ' && c <= '~' && c != '\\' && c != '%'
                ? std::string(1, c)
                : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  std::fprintf(stderr, "%s\n", text.c_str());
}

int write_seeds(const std::filesystem::path& folder, const std::vector<std::string>& seeds) {
  int number = 0;
  for (const auto& seed : seeds)
    std::ofstream(folder / fmt::format("seed{:03}", number++), std::ios::binary) << seed;
  return number > 0 ? 0 : 1;
}

}  // namespace

int run_mutated(int argc, char** argv, Material material) {
  if (argc > 2 && argv[1] == "--input"sv) {
    std::ifstream file(argv[2], std::ios::binary);
    current.assign(std::istreambuf_iterator<char>(file), {});
    return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()),
                                  current.size());
  }
  if (argc > 2 && argv[1] == "--seeds"sv) return write_seeds(argv[2], material.seeds);
  const unsigned long inputs = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : material.inputs;
  const auto seed = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1);
  const char* const what = material.what;
  const auto begin = std::chrono::steady_clock::now();
  Mutator mutator(std::move(material), seed);
  std::signal(SIGABRT, print_current);
  for (unsigned long done = 0; done < inputs; ++done) {
    current = mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%lu %s in %.1f s\n", inputs, what, took.count());
  return 0;
}

}  // namespace minidvr::fuzz
