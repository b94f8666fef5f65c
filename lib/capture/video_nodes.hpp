// The nodes of the cameras that are plugged in (/dev/video0 ...), by what the kernel tells of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::capture {

// Of which camera it is, and which of its nodes: what stays when the kernel numbers them anew.
struct NodeIdentity {
  std::string driver;    // "uvcvideo"
  std::string card;      // "HD Pro Webcam C920"
  std::string product;   // "046d:082d"; empty: it is not on USB
  std::string serial;    // empty: it has none
  std::string bus;       // where it is plugged in: "0000:01:00.0/1.2" is port 2 behind port 1
  std::string function;  // a camera has further nodes, for its metadata: "1.0/0"
  bool operator==(const NodeIdentity&) const = default;
};

struct VideoNode {
  std::string path;  // "/dev/video0"
  NodeIdentity identity;
};

// Those that are in `folder` ("/dev") under the kernel's name, by what `sys` ("/sys") tells. Those
// of no bus (loopback devices) are left out: nothing of them stays. Blocks: the kernel answers for
// a device when it has finished to set it up.
std::vector<VideoNode> video_nodes(const std::filesystem::path& sys,
                                   const std::filesystem::path& folder);

// Whether it is a name that the kernel gives by itself ("video0"), and may give to another camera.
bool is_kernel_name(std::string_view name);

// Of the path of a node's folder in sysfs:
// "../../devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.2/1-1.2:1.0/video4linux/video0". Pure.
struct BusPlace {
  std::string bus;        // empty: it is on none
  std::string interface;  // of a USB device: "1.0"
};
BusPlace bus_place(std::string_view link);

}  // namespace minidvr::capture
