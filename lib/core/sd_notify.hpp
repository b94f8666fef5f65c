// Tells systemd how the service is (sd_notify(3)). Does nothing when not run by systemd.
#pragma once

#include <string>

namespace minidvr::sd_notify {

void ready();
void stopping();
// One line for `systemctl status`.
void status(const std::string& text);

}  // namespace minidvr::sd_notify
