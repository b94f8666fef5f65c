#include "http/security.hpp"

namespace minidvr::http {

HeaderLines security_headers(const SecurityPolicy& policy) {
  return {
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "SAMEORIGIN"},
      // Not no-referrer: that makes browsers send "Origin: null" with our own forms.
      {"Referrer-Policy", "same-origin"},
      {"Content-Security-Policy", policy.content_security_policy},
  };
}

}  // namespace minidvr::http
