#include "recording/frame_queue.hpp"

#include "unit/support/frames.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using minidvr::recording::FrameQueue;

namespace {

capture::FramePtr numbered(int number, std::size_t bytes = 100) {
  return test::frame(std::chrono::milliseconds(number), {}, 1280, 720, bytes);
}

std::vector<long> drain(FrameQueue& queue) {
  std::vector<long> numbers;
  while (!queue.empty()) {
    const auto item = queue.pop();
    numbers.push_back(item ? (item->captured - test::at(std::chrono::seconds(0))) /
                                 std::chrono::milliseconds(1)
                           : -1);
  }
  return numbers;
}

}  // namespace

TEST_CASE("frames come out in the order in which they went in, with the losses between them") {
  FrameQueue queue(1000);
  queue.push(numbered(1));
  queue.push_lost();
  queue.push_lost();
  queue.push(numbered(2));
  CHECK(drain(queue) == std::vector<long>{1, -1, 2});
}

TEST_CASE("a full queue drops its oldest waiting frames and counts them") {
  FrameQueue queue(350);
  for (int i = 1; i <= 5; ++i)
    queue.push(numbered(i));
  CHECK(queue.dropped() == 2);
  CHECK(queue.held_frames() == 3);
  CHECK(drain(queue) == std::vector<long>{3, 4, 5});
}

TEST_CASE("frames count against the bound until they are on the disk") {
  FrameQueue queue(350);
  for (int i = 1; i <= 3; ++i)
    queue.push(numbered(i));
  const auto first = queue.pop();
  const auto second = queue.pop();
  const auto third = queue.pop();
  queue.push(numbered(4));
  CHECK(queue.dropped() == 1);
  CHECK(queue.empty());
  queue.release(*first);
  queue.push(numbered(5));
  CHECK(drain(queue) == std::vector<long>{5});
  queue.put_back({second, third});
  CHECK(drain(queue) == std::vector<long>{2, 3});
}

TEST_CASE("a lower limit holds at once and can be lifted") {
  FrameQueue queue(1000);
  for (int i = 1; i <= 5; ++i)
    queue.push(numbered(i));
  queue.limit_to(250);
  CHECK(queue.dropped() == 3);
  queue.limit_to(0);
  for (int i = 6; i <= 9; ++i)
    queue.push(numbered(i));
  CHECK(queue.dropped() == 3);
  CHECK(drain(queue) == std::vector<long>{4, 5, 6, 7, 8, 9});
}

TEST_CASE("dropping all that waits releases its memory") {
  FrameQueue queue(1000);
  for (int i = 1; i <= 5; ++i)
    queue.push(numbered(i));
  queue.push_lost();
  CHECK(queue.drop_all() == 5);
  CHECK(queue.empty());
  CHECK(queue.held_bytes() == 0);
  CHECK(queue.held_frames() == 0);
}
