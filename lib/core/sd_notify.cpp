#include "core/sd_notify.hpp"

#include <systemd/sd-daemon.h>

namespace minidvr::sd_notify {

void ready() {
  ::sd_notify(0, "READY=1");
}
void stopping() {
  ::sd_notify(0, "STOPPING=1");
}
void status(const std::string& text) {
  ::sd_notify(0, ("STATUS=" + text).c_str());
}

}  // namespace minidvr::sd_notify
