// Answers of camera servers, made of what odd ones send; see run_mutated.hpp.
#include "run_mutated.hpp"
#include "support/odd_servers.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLongestAnswer = 12'000;

const std::vector kWords = {"\r\n"sv,
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

}  // namespace

int main(int argc, char** argv) {
  constexpr unsigned long kAnswers = 5'000;
  return minidvr::fuzz::run_mutated(
      argc, argv, {"answers of odd servers", kAnswers, kLongestAnswer, seeds(), kWords});
}
