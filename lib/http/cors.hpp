// What the browser of a page that may ask is told, so that it lets the page read the answers
// (CORS).
#pragma once

#include "http/access_check.hpp"
#include "http/message.hpp"

#include <string>

namespace minidvr::http {

// With every answer. None where no origin is allowed; nothing but Vary for a page of another one:
// a cache must not hand on to one page what another was told.
HeaderLines cors_headers(const Request& request, const AccessRules& rules);

// Besides those, for a browser that asks what it may send (OPTIONS) before a page that is allowed
// sends it; `methods` as in Allow. None for anything else.
HeaderLines preflight_headers(const Request& request, const AccessRules& rules,
                              const std::string& methods);

}  // namespace minidvr::http
