// Who may ask: what keeps the pages of other sites, in the browser of somebody who may, away from
// this machine. Scripts may do all: they send none of what browsers say of a page.
#pragma once

#include "core/clock.hpp"
#include "core/networks.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::http {

// What settings say of it.
struct AccessRules {
  std::vector<std::string> allowed_hosts;    // in the form of normal_host_name()
  std::vector<std::string> allowed_origins;  // in the form of normal_origin()
  std::vector<Network> trusted_proxies;
};

// Whether requests for `host` are answered. A site can let its own name point to our address, and
// its page then reads all that we serve, as its own (DNS rebinding). So `host` must be what no
// stranger's name can be: an IP address, localhost, a name without a dot, one that ends in .local,
// .lan, .home.arpa or .internal, `own_name`, or one of `allowed`. `host` as parse_authority gives
// it; the names in the form of normal_host_name().
bool is_our_host(std::string_view host, const std::vector<std::string>& allowed,
                 std::string_view own_name);

// What a browser says of the page that made a request.
enum class PageOrigin {
  none,    // it says nothing: a script, or a request for which browsers say nothing
  ours,    // the host and the port that the request was sent to
  listed,  // one of allowed_origins
  other,   // another site, or another port of this machine
};

// Whether `origin`, in the form of normal_origin(), has the host and port that were asked for.
bool is_own_origin(const Request& request, const std::string& origin);

// By the Origin; where there is none, and nothing is changed, a page is listed by its Referer: no
// page can make that another site's. Of a request that came by https a page of plain http is none
// of ours. Else a Host without a port has the one that the scheme of the Origin stands for: behind
// a proxy that ends TLS, and does not tell, we do not know by which scheme the page came.
PageOrigin page_origin(const Request& request, const AccessRules& rules);

// The answer to a request that is refused, which says what would allow it: 421 for a host that is
// not ours, in the Host header or in what a trusted proxy says, 403 for a page that is neither ours
// nor listed, by its Origin or by what the browser says of it (Sec-Fetch-Site). Any page may lead
// to the dashboard. nullopt when all is well.
std::optional<Response> access_refusal(const Request& request, const AccessRules& rules,
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
