#include "integration/support/recording_checks.hpp"

#include <cstdlib>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

namespace minidvr::test {
namespace {

struct Comparison {
  std::size_t missing = 0;  // seen by the preview client between first and last, and not recorded
  std::size_t unseen = 0;   // numbers in between that neither has: lost before us
  std::size_t doubled = 0;
  std::size_t foreign = 0;    // no frames of the camera, such as placeholders
  std::size_t different = 0;  // other bytes than the preview client saw
};

Comparison compare(const std::vector<Sample>& samples, const PreviewClient& preview) {
  Comparison result;
  std::map<std::uint64_t, std::size_t> recorded;
  for (const auto& sample : samples) {
    if (sample.frame.number == 0) {
      ++result.foreign;
    } else if (!recorded.emplace(sample.frame.number, sample.hash).second) {
      ++result.doubled;
    }
  }
  if (recorded.empty()) return result;
  const auto first = recorded.begin()->first;
  const auto last = recorded.rbegin()->first;
  for (auto number = first; number <= last; ++number) {
    const auto seen = preview.seen().find(number);
    const auto found = recorded.find(number);
    if (found == recorded.end()) {
      ++(seen == preview.seen().end() ? result.unseen : result.missing);
    } else if (seen != preview.seen().end() && seen->second != found->second) {
      ++result.different;
    }
  }
  return result;
}

}  // namespace

std::chrono::seconds length(std::chrono::seconds full) {
  return std::getenv("TEST_QUICK") != nullptr ? full / 4 : full;
}

void check_nothing_lost(const Service& service, PreviewClient& preview) {
  preview.stop();
  const auto result = compare(samples_of(service.files()), preview);
  if (result.unseen > 0) WARN(result.unseen << " frames were lost by ustreamer for every client");
  CHECK(result.missing == 0);
  CHECK(result.doubled == 0);
  CHECK(result.foreign == 0);
  CHECK(result.different == 0);
}

void check_files_complete(const Service& service) {
  for (const auto& file : service.files()) {
    CAPTURE(file);
    CHECK(is_complete(file));
  }
}

bool records(const Service& service, std::chrono::milliseconds limit) {
  return wait_until([&] { return service.recorder().at("frames").as_int64() > 0; }, limit);
}

bool records_after(const Service& service, std::int64_t published) {
  const auto count = [&](const char* what) { return service.recorder().at(what).as_int64(); };
  if (!wait_until([&] { return count("segments") >= published; }, kPatience)) return false;
  const auto before = count("frames");
  return wait_until([&] { return count("frames") > before; }, kPatience);
}

}  // namespace minidvr::test
