// Cameras that come and go, and that the kernel names as it likes.
#pragma once

#include "support/temporary_folder.hpp"
#include "virtual_camera.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace minidvr::test {

// A camera for tests, wherever it is plugged in.
struct UsbCamera {
  std::string serial;  // empty: it has none
  std::string port;    // "1.2"
};

// What the kernel and udev show of the cameras that are plugged in: folders like /dev and /sys.
class UsbPorts {
 public:
  static constexpr int kNames = 4;  // video0 to video3

  UsbPorts() {
    std::filesystem::create_directories(dev());
    std::filesystem::create_directories(sys() / "class/video4linux");
  }

  std::filesystem::path sys() const { return folder_.path() / "sys"; }
  std::filesystem::path dev() const { return folder_.path() / "dev"; }
  std::string device(int number) const { return dev() / ("video" + std::to_string(number)); }

  // For who is to see these instead of the machine's.
  std::vector<std::string> environment() const {
    std::string names;
    for (int i = 0; i < kNames; ++i)
      names += (names.empty() ? "" : ":") + device(i);
    return {"LD_PRELOAD=" MINIDVR_CAMERA_PRELOAD, "MINIDVR_VIRTUAL_CAMERA=" + names,
            "MINIDVR_VIRTUAL_CAMERA_CLASS=" + (sys() / "class/video4linux").string()};
  }

  // The kernel shows that node. `index`: which one of its camera; the first one gives pictures.
  void show(int number, const UsbCamera& camera, int index = 0) const {
    namespace fs = std::filesystem;
    const auto name = "video" + std::to_string(number);
    const fs::path usb = "devices/pci0000:00/0000:00:14.0/usb1/1-1";
    const fs::path plugged_in = usb / ("1-" + camera.port);
    const fs::path interface = plugged_in / ("1-" + camera.port + ":1.0");
    const fs::path node = interface / "video4linux" / name;
    fs::create_directories(sys() / node);
    write(plugged_in / "idVendor", "046d");
    write(plugged_in / "idProduct", "082d");
    if (!camera.serial.empty()) write(plugged_in / "serial", camera.serial);
    write(node / "name", "HD Pro Webcam C920");
    write(node / "index", std::to_string(index));
    write(node / "dev", "81:" + std::to_string(number));
    link(interface / "driver", "../../../../../../../bus/usb/drivers/uvcvideo");
    link(node / "device", "../../../" + interface.filename().string());
    link(fs::path("class/video4linux") / name, (fs::path("../..") / node).string());
  }
  void hide(int number) const {
    const auto shown = sys() / "class/video4linux" / ("video" + std::to_string(number));
    std::error_code ec;
    const auto node = std::filesystem::canonical(shown, ec);
    std::filesystem::remove(shown);
    if (!ec) std::filesystem::remove_all(node.parent_path().parent_path().parent_path());
  }

  // A camera that is not plugged in yet, with that name.
  virtual_camera::VirtualCamera camera(int number) const {
    virtual_camera::VirtualCamera camera(device(number));
    camera.unplug();
    return camera;
  }
  void rename(int from, int to) const { std::filesystem::rename(device(from), device(to)); }

 private:
  void write(const std::filesystem::path& file, const std::string& text) const {
    std::ofstream(sys() / file) << text << "\n";
  }
  void link(const std::filesystem::path& from, const std::string& to) const {
    std::error_code ec;
    std::filesystem::create_symlink(to, sys() / from, ec);  // it may be there
  }

  TemporaryFolder folder_;
};

}  // namespace minidvr::test
