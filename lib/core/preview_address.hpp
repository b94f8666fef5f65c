// Where ustreamer serves, as what reads its stream finds it.
#pragma once

#include "core/settings.hpp"

#include <string>

namespace minidvr {

// Made of preview_host and -port.
std::string own_stream_url(const Settings& settings);

// Whether what is recorded is what our own ustreamer serves. It may as well run beside another
// server's stream, for whoever watches on its port.
bool records_preview(const Settings& settings);

// Whether stream_url leads to preview_port, of whichever host: that may be this machine by a name
// that it does not know, or by an address that it has not got yet.
bool names_preview_port(const Settings& settings);

// Has ustreamer serve on `host`, an address of this machine. A stream_url that leads to it goes on
// doing so, whichever of this machine's names and addresses it has; another server's stays.
void serve_preview_on(Settings& settings, const std::string& host);

}  // namespace minidvr
