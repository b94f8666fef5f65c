#include "recording/frame_queue.hpp"

#include "unit/support/frames.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using minidvr::recording::FrameQueue;

namespace {

FrameQueue::Entry numbered(int number, std::size_t bytes = 100, bool after_loss = false) {
  return {test::frame(std::chrono::milliseconds(number), {}, 1280, 720, bytes), 1, after_loss};
}

long number_of(const FrameQueue::Entry& entry) {
  return (entry.frame->captured - test::at(std::chrono::seconds(0))) / std::chrono::milliseconds(1);
}

std::vector<long> waiting(const FrameQueue& queue) {
  std::vector<long> numbers;
  for (std::size_t i = queue.given(); i < queue.size(); ++i)
    numbers.push_back(number_of(queue[i]));
  return numbers;
}

void fill(FrameQueue& queue, int from, int to) {
  for (int i = from; i <= to; ++i)
    queue.push(numbered(i));
}

}  // namespace

TEST_CASE("a bound that numbers of 32 bits can not tell is the largest, and no small one") {
  using recording::frame_buffer_bytes;
  CHECK(frame_buffer_bytes<std::uint32_t>(64) == 67'108'864);
  CHECK(frame_buffer_bytes<std::uint32_t>(2047) == 2'146'435'072);
  for (const std::uint32_t mebibytes : {2048U, 4096U, 4097U, 65536U})
    CHECK(frame_buffer_bytes(mebibytes) == 2'147'483'647);
  CHECK(frame_buffer_bytes<std::uint64_t>(65536) == 68'719'476'736);
}

TEST_CASE("frames come out in the order in which they went in") {
  FrameQueue queue(1000);
  fill(queue, 1, 3);
  CHECK(number_of(queue.next()) == 1);
  queue.give(1);
  CHECK(number_of(queue.next()) == 2);
  CHECK(waiting(queue) == std::vector<long>{2, 3});
}

TEST_CASE("what was given and is not synced is given again") {
  FrameQueue queue(1000);
  fill(queue, 1, 4);
  for (int i = 0; i < 3; ++i)
    queue.give(1);
  queue.release_synced();
  queue.take_back();
  CHECK(waiting(queue) == std::vector<long>{2, 3, 4});
}

TEST_CASE("a full queue drops its oldest waiting frames and counts them") {
  FrameQueue queue(350);
  fill(queue, 1, 5);
  CHECK(queue.dropped() == 2);
  CHECK(waiting(queue) == std::vector<long>{3, 4, 5});
}

TEST_CASE(
    "frames count against the bound until they are synced, and none that was given is dropped") {
  FrameQueue queue(350);
  fill(queue, 1, 3);
  for (int i = 0; i < 3; ++i)
    queue.give(1);
  queue.push(numbered(4));
  CHECK(queue.dropped() == 1);
  CHECK_FALSE(queue.has_waiting());
  CHECK(queue.size() == 3);
  queue.release_synced();
  queue.push(numbered(5));
  CHECK(waiting(queue) == std::vector<long>{5});
}

TEST_CASE("a frame that finds no room whatever else is dropped goes alone") {
  FrameQueue queue(350);
  fill(queue, 1, 2);
  queue.push(numbered(3, 400));
  CHECK(waiting(queue) == std::vector<long>{1, 2});
  CHECK(queue.dropped() == 1);
  CHECK(queue.held_bytes() == 200);
  // Beside what is given, and what a segment is made for.
  queue.give(1);
  queue.push(numbered(4, 300));
  CHECK(waiting(queue) == std::vector<long>{2});
  queue.pin_next();
  queue.push(numbered(5));
  queue.push(numbered(6, 200));
  CHECK(waiting(queue) == std::vector<long>{2, 5});
  CHECK(queue.dropped() == 3);
  // Once that is synced, or given up, there is room.
  queue.release_synced();
  queue.take_back();
  queue.push(numbered(7, 300));
  CHECK(waiting(queue) == std::vector<long>{7});
  CHECK(queue.dropped() == 5);
}

TEST_CASE("that the camera was lost is known although the frame behind the loss was dropped") {
  FrameQueue queue(250);
  queue.push(numbered(1));
  queue.push(numbered(2, 100, true));
  queue.push(numbered(3));
  queue.push(numbered(4));
  REQUIRE(waiting(queue) == std::vector<long>{3, 4});
  CHECK(queue[0].after_loss);
  CHECK_FALSE(queue[1].after_loss);
}

TEST_CASE("the frame that a segment is made for stays, and those behind it are dropped instead") {
  FrameQueue queue(350);
  fill(queue, 1, 2);
  queue.give(1);
  queue.pin_next();
  fill(queue, 3, 5);
  CHECK(waiting(queue) == std::vector<long>{2, 5});
  CHECK(queue.dropped() == 2);
  // One that has no room beside it goes itself.
  queue.limit_to(150);
  queue.push(numbered(6));
  CHECK(waiting(queue) == std::vector<long>{2});
  const bool is_given = GENERATE(false, true);
  if (is_given) {
    queue.give(1);
  } else {
    queue.take_back();
  }
  queue.limit_to(250);
  fill(queue, 7, 8);
  CHECK(waiting(queue) == (is_given ? std::vector<long>{} : std::vector<long>{7, 8}));
}

TEST_CASE("a lower limit holds at once and can be lifted") {
  FrameQueue queue(1000);
  fill(queue, 1, 5);
  queue.limit_to(250);
  CHECK(queue.dropped() == 3);
  queue.limit_to(0);
  fill(queue, 6, 9);
  CHECK(queue.dropped() == 3);
  CHECK(waiting(queue) == std::vector<long>{4, 5, 6, 7, 8, 9});
}

TEST_CASE("dropping all that waits releases its memory") {
  FrameQueue queue(1000);
  fill(queue, 1, 5);
  CHECK(queue.drop_waiting() == 5);
  CHECK(queue.empty());
  CHECK(queue.held_bytes() == 0);
  CHECK(queue.dropped() == 5);
}
