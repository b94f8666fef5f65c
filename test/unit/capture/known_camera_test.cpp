// Which camera is meant by a name that the kernel may give to another one.

#include "capture/known_camera.hpp"

#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>

using namespace minidvr;
using namespace minidvr::capture;
namespace fs = std::filesystem;

namespace {

VideoNode node(int number, std::string port, std::string serial = {}, std::string index = "0") {
  return {"/dev/video" + std::to_string(number),
          {"uvcvideo", "HD Pro Webcam C920", "046d:082d", std::move(serial),
           "0000:00:14.0/" + std::move(port), "1.0/" + std::move(index)}};
}

NodeChoice choose(const KnownCamera& known, const std::vector<VideoNode>& nodes) {
  return choose_node("/dev/video0", known, nodes);
}

}  // namespace

TEST_CASE("A camera that has not been seen before is the one that is configured") {
  const std::vector nodes = {node(0, "1"), node(2, "2")};
  const auto choice = choose_node("/dev/video0", std::nullopt, nodes);
  CHECK(choice.path == "/dev/video0");
  CHECK(choice.node == &nodes[0]);
  CHECK(choose_node("/dev/video7", std::nullopt, nodes).node == nullptr);
}

TEST_CASE("A camera is found by its place, or by its serial number") {
  const KnownCamera known{node(0, "1", "A").identity};
  CHECK(choose(known, {node(0, "1", "A"), node(2, "2", "B")}).reason == NodeReason::as_configured);

  const auto moved = choose(known, {node(0, "2", "B"), node(2, "1", "A")});
  CHECK(moved.path == "/dev/video2");
  CHECK(moved.reason == NodeReason::moved);
  // In another port.
  CHECK(choose(known, {node(0, "2", "B"), node(2, "3", "A")}).path == "/dev/video2");
  // Not one of another kind, although it says the same number.
  auto stranger = node(2, "1", "A");
  stranger.identity.product = "046d:0825";
  CHECK(choose(known, {stranger}).path == "/dev/video0");
  // Nor another camera in its place.
  CHECK(choose(known, {node(2, "1", "B")}).path == "/dev/video0");
}

TEST_CASE("The node of a camera's metadata is not taken for that of its pictures") {
  const KnownCamera known{node(0, "1", "A", "0").identity};
  const std::vector nodes = {node(0, "1", "A", "1"), node(1, "1", "A", "0")};
  CHECK(choose(known, nodes).path == "/dev/video1");
  CHECK(choose(known, {node(1, "1", "A", "1")}).path == "/dev/video0");
}

TEST_CASE("Of equal cameras without a serial number the place tells") {
  const KnownCamera known{node(0, "1").identity};
  CHECK(choose(known, {node(0, "2"), node(1, "1")}).path == "/dev/video1");
  // The other one is not taken for it where it is away.
  CHECK(choose(known, {node(2, "2")}).path == "/dev/video0");
  const auto other = choose(known, {node(0, "2")});
  CHECK(other.path == "/dev/video0");
  CHECK(other.reason == NodeReason::other_camera);
}

TEST_CASE("Equal cameras that all have the same serial number are told by what was beside them") {
  KnownCamera known{node(0, "1", "0001").identity};
  const std::vector both = {node(0, "1", "0001"), node(2, "2", "0001")};
  CHECK(update(known, both[0], both));
  CHECK_FALSE(update(known, both[0], both));
  CHECK(choose(known, {node(2, "2", "0001")}).reason == NodeReason::as_configured);
  // In a third place it can only be ours; in two it is not known.
  CHECK(choose(known, {node(1, "3", "0001"), node(2, "2", "0001")}).path == "/dev/video1");
  CHECK(choose(known, {node(1, "3", "0001"), node(2, "4", "0001")}).path == "/dev/video0");
}

TEST_CASE("A known camera is read as it was written, for its device alone") {
  KnownCamera known{node(0, "1", "0001").identity};
  known.twins = {"0000:00:14.0/2"};
  const auto text = serialize("/dev/video0", known);
  CHECK(parse_known_camera(text, "/dev/video0") == known);
  CHECK_FALSE(parse_known_camera(text, "/dev/video2"));
  for (const char* damaged : {"", "{", "[]", R"({"device":"/dev/video0"})",
                              R"({"device":"/dev/video0","camera":{"driver":"uvcvideo"}})",
                              R"({"device":"/dev/video0","camera":7})"}) {
    CHECK_FALSE(parse_known_camera(damaged, "/dev/video0"));
  }
  auto nowhere = known;
  nowhere.identity.bus.clear();
  CHECK_FALSE(parse_known_camera(serialize("/dev/video0", nowhere), "/dev/video0"));
}

TEST_CASE("The place of a camera is that of its port, whatever number its bus has") {
  const std::string controller = "../../devices/platform/scb/fd500000.pcie/0000:01:00.0/";
  const auto at = [&](const std::string& rest) { return bus_place(controller + rest); };
  const auto hub = at("usb1/1-1/1-1.2/1-1.2:1.0/video4linux/video0");
  CHECK(hub.bus == "0000:01:00.0/1.2");
  CHECK(hub.interface == "1.0");
  CHECK(at("usb2/2-1/2-1.2/2-1.2:1.0/video4linux/video4").bus == hub.bus);
  CHECK(at("usb1/1-1/1-1.3/1-1.3:1.0/video4linux/video0").bus != hub.bus);
  const auto csi = bus_place("../../devices/platform/soc/fe801000.csi/video4linux/video0");
  CHECK(csi.bus == "platform/soc/fe801000.csi");
  CHECK(csi.interface.empty());
  for (const char* none : {"", "video0", "../../devices/virtual/video4linux/video10",
                           "../../devices/video4linux/video0", "../../devices/platform/soc"}) {
    CHECK(bus_place(none).bus.empty());
  }
}

TEST_CASE("Only the names that the kernel gives are given to others") {
  CHECK(is_kernel_name("video0"));
  CHECK(is_kernel_name("video12"));
  for (const char* other : {"video", "videos", "video0a", "video-index0", "v4l-subdev0", ""})
    CHECK_FALSE(is_kernel_name(other));
}

TEST_CASE("What the kernel shows of nodes is read where the node itself is there") {
  const test::TemporaryFolder folder;
  const auto sys = folder.path() / "sys";
  CHECK(video_nodes(sys, "/dev").empty());
  const auto node_folder =
      sys / "devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/video4linux/video0";
  fs::create_directories(node_folder);
  fs::create_directories(sys / "class/video4linux");
  fs::create_symlink("../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/video4linux/video0",
                     sys / "class/video4linux/video0");
  // The number of /dev/null stands in for that of a camera.
  struct stat null {};
  REQUIRE(::stat("/dev/null", &null) == 0);
  const auto number =
      std::to_string(major(null.st_rdev)) + ":" + std::to_string(minor(null.st_rdev));
  std::ofstream(node_folder / "dev") << number << "\n";
  std::ofstream(node_folder / "name") << "HD Pro Webcam C920\n";
  std::ofstream(node_folder / "index") << "0\n";
  fs::create_symlink("../../../1-2:1.0", node_folder / "device");
  fs::create_symlink("../../../../../../bus/usb/drivers/uvcvideo",
                     node_folder.parent_path().parent_path() / "driver");
  const auto usb = node_folder.parent_path().parent_path().parent_path();
  std::ofstream(usb / "idVendor") << "046d\n";
  std::ofstream(usb / "idProduct") << "082d\n";
  std::ofstream(usb / "serial") << "4A3C9D60\n";

  const auto dev = folder.path() / "dev";
  fs::create_directories(dev);
  CHECK(video_nodes(sys, dev).empty());
  fs::create_symlink("/dev/zero", dev / "video0");
  CHECK(video_nodes(sys, dev).empty());
  fs::remove(dev / "video0");
  fs::create_symlink("/dev/null", dev / "video0");
  const auto nodes = video_nodes(sys, dev);
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].path == (dev / "video0").string());
  CHECK(nodes[0].identity == NodeIdentity{"uvcvideo", "HD Pro Webcam C920", "046d:082d", "4A3C9D60",
                                          "0000:00:14.0/2", "1.0/0"});
}
