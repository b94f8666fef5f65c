#include "recording/folder_identity.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::recording;
using V = FolderVerdict;

namespace {

const FolderIdentity kStick{"11", "ext4-1"};
const FolderIdentity kCardBelow{"", "ext4-2"};

V judged(const std::optional<FolderIdentity>& remembered, const FolderIdentity& found,
         bool has_recordings = false, bool take_any = false) {
  return judge_folder(remembered, {found, has_recordings, {}}, take_any);
}

}  // namespace

TEST_CASE("the first folder that is recorded to is the right one from then on") {
  CHECK(judged({}, kCardBelow) == V::adopt_when_used);
  CHECK(judged({}, kCardBelow, true) == V::adopt);  // of a version that left no marker
  CHECK(judged({}, kStick) == V::adopt);            // what was remembered is lost
  CHECK(judged({}, {}) == V::adopt_when_used);
}

TEST_CASE("a known folder is right, whatever its file system is called this time") {
  CHECK(judged(kStick, kStick) == V::right);
  CHECK(judged(kStick, {"11", "ext4-7"}) == V::adopt);
  CHECK(judged(kStick, {"11", ""}) == V::adopt);
  CHECK(adopted_id(kStick, {{"11", "ext4-7"}, false}) == "11");
}

TEST_CASE("what lies below a disk that is not mounted is wrong") {
  CHECK(judged(kStick, kCardBelow) == V::not_mounted);
  CHECK(judged(kStick, kCardBelow, true) == V::not_mounted);  // somebody recorded there once
  CHECK(judged(kStick, {"", ""}) == V::not_mounted);
  CHECK(judged(FolderIdentity{"11", ""}, {"", ""}) == V::not_mounted);
  CHECK(judged(FolderIdentity{"", "ext4-1"}, kCardBelow) == V::not_mounted);
}

TEST_CASE(
    "a disk that is mounted over what was recorded to is the right one, a new one once it is "
    "used") {
  const FolderIdentity card{"33", "ext4-2"};
  const FoundFolder empty_stick{{"", "vfat-1"}, false, {"ext4-2", ""}};
  CHECK(judge_folder(card, empty_stick, false) == V::adopt_when_used);
  CHECK(adopted_id(card, empty_stick).empty());
  // One that was recorded to before what is remembered, and what lies below when it is pulled.
  CHECK(judge_folder(card, {{"22", "vfat-1"}, false, {"ext4-2"}}, false) == V::adopt);
  CHECK(judge_folder(kStick, {card, true, {"ext4-2"}}, false) == V::another);
  CHECK(judge_folder(kStick, {kCardBelow, true, {"ext4-2"}}, false) == V::not_mounted);
  // Another folder of the same disk, which is above itself.
  CHECK(judge_folder(card, {{"22", "ext4-2"}, false, {"ext4-2"}}, false) == V::another);
  // One stick instead of another.
  CHECK(judge_folder(kStick, empty_stick, false) == V::not_mounted);
  CHECK(judge_folder(FolderIdentity{"11", ""}, empty_stick, false) == V::not_mounted);
}

TEST_CASE("a disk that says that it is another one is wrong") {
  CHECK(judged(kStick, {"22", "ext4-3"}) == V::another);
  CHECK(judged(kStick, {"22", "ext4-1"}) == V::another);
  CHECK(judged(FolderIdentity{"", "ext4-1"}, {"22", "ext4-3"}) == V::another);
}

TEST_CASE("a folder that lost its marker is known by its file system, and gets it back") {
  CHECK(judged(kStick, {"", "ext4-1"}) == V::adopt);
  CHECK(adopted_id(kStick, {{"", "ext4-1"}, false}) == "11");
  // One that could not be written had none.
  CHECK(judged(FolderIdentity{"", "ext4-1"}, {"", "ext4-1"}) == V::adopt);
  CHECK(judged(FolderIdentity{"", "ext4-1"}, {"22", "ext4-1"}) == V::adopt);
  CHECK(adopted_id({}, {kCardBelow, true}).empty());
}

TEST_CASE("the owner's word makes any folder right") {
  CHECK(judged(kStick, {"22", "ext4-3"}, false, true) == V::adopt);
  CHECK(judged(kStick, kCardBelow, true, true) == V::adopt);
  CHECK(judged(kStick, kCardBelow, false, true) == V::adopt_when_used);
  CHECK(judged(kStick, kStick, false, true) == V::right);
  CHECK(adopted_id(kStick, {{"22", "ext4-3"}, false}) == "22");
  CHECK(adopted_id(kStick, {kCardBelow, false}).empty());
}

TEST_CASE("only what is wrong is wrong") {
  CHECK(is_wrong(V::not_mounted));
  CHECK(is_wrong(V::another));
  CHECK_FALSE(is_wrong(V::right));
  CHECK_FALSE(is_wrong(V::adopt));
  CHECK_FALSE(is_wrong(V::adopt_when_used));
}
