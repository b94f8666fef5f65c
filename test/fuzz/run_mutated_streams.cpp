// Runs the fuzz target without libFuzzer, so that g++ can build it and the test suite can run it: a
// fixed number of answers, the same ones every time, made of what odd servers send.
//
//   fuzz_stream [ANSWERS [SEED]]
//   fuzz_stream --seeds FOLDER      writes the answers that all begins with, for libFuzzer
#include "support/odd_servers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace std::string_view_literals;

constexpr unsigned long kDefaultAnswers = 5'000;
constexpr std::size_t kMostMutations = 6;
constexpr std::size_t kLongestPiece = 400;
constexpr std::size_t kLongestAnswer = 12'000;

// What the parsers look for, or may trip over.
constexpr std::array kWords = {"\r\n"sv,
                               "\n"sv,
                               "\r\n\r\n"sv,
                               "--"sv,
                               "--frame"sv,
                               "\r\n--frame\r\n"sv,
                               "\n------------frame"sv,
                               "frame\r\n"sv,
                               "boundary="sv,
                               "\xFF\xD8\xFF"sv,
                               "\xFF\xD9"sv,
                               "\xFF\xD9\r\n"sv,
                               "\xFF\xDA\x00\x02"sv,
                               "\xFF\xE1\x00\x04zz"sv,
                               "\xFF\xFF"sv,
                               "\xFF\x00"sv,
                               "\xFF"sv,
                               "Content-Length: 5\r\n"sv,
                               "Content-Length: 300\r\n"sv,
                               "Content-Length: 0\r\n\r\n"sv,
                               "Content-Length: 18446744073709551615\r\n"sv,
                               "X-Timestamp: 1e999\r\n"sv,
                               "X-UStreamer-Online: false\r\n"sv,
                               "Transfer-Encoding: chunked\r\n"sv,
                               "0\r\n"sv,
                               "ffffffffffffffff\r\n"sv,
                               "7;a=b\r\n"sv,
                               ":"sv,
                               "\0"sv};

std::string in_chunks(std::string_view bytes, std::size_t size) {
  std::string chunks;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto piece = bytes.substr(at, size);
    chunks += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  }
  return chunks + "0\r\n\r\n";
}

std::vector<std::string> seeds() {
  std::vector<std::string> answers;
  for (const auto& server : minidvr::test::odd_servers()) {
    // The head without end would make a mutant of nothing else.
    auto stream = server.stream + minidvr::test::part_with("", minidvr::test::marked_jpeg("z"));
    if (stream.size() > kLongestAnswer) continue;
    const auto type = server.boundary.empty()
                          ? std::string("image/jpeg")
                          : "multipart/x-mixed-replace; boundary=" + server.boundary;
    const auto head = "HTTP/1.0 200 OK\r\nContent-Type: " + type + "\r\n";
    answers.push_back(head + "\r\n" + stream);
    answers.push_back(head + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(stream, 97));
  }
  return answers;
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : answers_(seeds()), random_(seed) {}

  std::string next() {
    std::string answer = answers_[below(answers_.size())];
    for (std::size_t i = below(kMostMutations) + 1; i > 0; --i)
      mutate(answer);
    if (answer.size() > kLongestAnswer) answer.resize(kLongestAnswer);
    return answer;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void mutate(std::string& answer) {
    const auto at = below(answer.size() + 1);
    const auto length = below(std::min(answer.size() - at, kLongestPiece) + 1);
    switch (below(6)) {
      case 0:
        answer.insert(at, kWords[below(kWords.size())]);
        break;
      case 1:
        answer.erase(at, below(8) == 0 ? length : below(5));
        break;
      case 2:
        answer.insert(below(answer.size() + 1), answer.substr(at, length));
        break;
      case 3:
        if (at < answer.size()) answer[at] = static_cast<char>(random_() & 0xff);
        break;
      case 4:
        if (at < answer.size()) answer[at] = static_cast<char>(answer[at] ^ (1 << below(8)));
        break;
      default: {
        const auto& other = answers_[below(answers_.size())];
        answer = answer.substr(0, at) + other.substr(below(other.size()));
      }
    }
  }

  std::vector<std::string> answers_;
  std::mt19937 random_;
};

int write_seeds(const std::filesystem::path& folder) {
  int number = 0;
  for (const auto& answer : seeds())
    std::ofstream(folder / fmt::format("server{:02}", number++), std::ios::binary) << answer;
  return number > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && argv[1] == "--seeds"sv) return write_seeds(argv[2]);
  const unsigned long answers = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : kDefaultAnswers;
  const auto seed = static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1);
  const auto begin = std::chrono::steady_clock::now();
  Mutator mutator(seed);
  for (unsigned long done = 0; done < answers; ++done) {
    const auto answer = mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%lu answers of odd servers in %.1f s\n", answers, took.count());
  return 0;
}
