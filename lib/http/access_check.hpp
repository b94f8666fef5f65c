// Who may ask: what keeps the pages of other sites, in the browser of somebody who may, away from
// this machine. Scripts may do all: they send none of what browsers say of a page.
#pragma once

#include "core/clock.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::http {

// Whether requests for `host` are answered. A site can let its own name point to our address, and
// its page then reads all that we serve, as its own (DNS rebinding). So `host` must be what no
// stranger's name can be: an IP address, localhost, a name without a dot, one that ends in .local,
// .lan, .home.arpa or .internal, `own_name`, or one of `allowed`. `host` as parse_authority gives
// it; the names in the form of normal_host_name().
bool is_our_host(std::string_view host, const std::vector<std::string>& allowed,
                 std::string_view own_name);

// What a browser says of the page that made a request.
enum class PageOrigin {
  none,   // no Origin: a script, or a request for which browsers send none
  ours,   // the host and the port that the request was sent to
  other,  // another site, or another port of this machine
};

// A Host without a port has the one that the scheme of the Origin stands for: behind a proxy that
// ends TLS we do not know by which scheme the page came.
PageOrigin page_origin(const Request& request);

// The answer to a request that is refused: 421 for a host that is not ours, 403 for what a page of
// another origin may not. Such a page may open the dashboard; what changes something, and a
// WebSocket, is for our own pages, and so is all else where the browser says that it is another
// site's (Sec-Fetch-Site). nullopt when all is well.
std::optional<Response> access_refusal(const Request& request,
                                       const std::vector<std::string>& allowed_hosts,
                                       std::string_view own_name);

// When to log refusals: a page that tries and tries must not flood the log.
class RefusalLog {
 public:
  static constexpr seconds kPause{60};

  // How many refusals the line to be logged now stands for, this one among them; nullopt when it is
  // not to be logged yet.
  std::optional<unsigned> add(SteadyTime now);

 private:
  std::optional<SteadyTime> logged_;
  unsigned since_ = 0;
};

}  // namespace minidvr::http
