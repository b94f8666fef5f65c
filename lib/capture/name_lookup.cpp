#include "capture/name_lookup.hpp"

#include "core/file.hpp"
#include "core/first_of.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::capture {
namespace {

Error unresolved(std::string_view why) {
  return make_error(Errc::unavailable, fmt::format("cannot resolve the host: {}", why));
}

Error not_in_time() {
  return unresolved("no answer in time");
}

// `flags`: of getaddrinfo.
Result<NameLookup::Endpoints> ask_resolver(const std::string& host, const std::string& port,
                                           int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = flags;
  addrinfo* first = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &first);
  if (failure != 0) return unresolved(::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, ::freeaddrinfo);
  NameLookup::Endpoints endpoints;
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    net::ip::tcp::endpoint endpoint;
    if (one->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
    endpoint.resize(one->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  if (endpoints.empty()) return unresolved("it has no address");
  return endpoints;
}

// What that name means everywhere (RFC 6761, section 6.3), also on a system whose /etc/hosts does
// not tell, and whose name server must not be asked.
NameLookup::Endpoints loopback(const std::string& port) {
  NameLookup::Endpoints endpoints;
  for (const char* address : {"::1", "127.0.0.1"})
    if (const auto found = ask_resolver(address, port, AI_NUMERICHOST)) {
      endpoints.insert(endpoints.end(), found->begin(), found->end());
    }
  return endpoints;
}

}  // namespace

// Shared with the thread, which may outlive whoever waits.
struct NameLookup::Answer {
  std::mutex mutex;
  std::optional<Result<Endpoints>> result;  // under mutex; none: there is no answer yet
};

struct NameLookup::UnderWay {
  std::shared_ptr<Answer> answer;
  net::posix::stream_descriptor end;  // of a pipe, whose other end is closed with the answer
  bool is_late = false;
};

NameLookup::NameLookup(std::string host, std::string port)
    : host_(std::move(host)), port_(std::move(port)) {}

NameLookup::~NameLookup() = default;

Task<Result<NameLookup::Endpoints>> NameLookup::find(Steady::duration limit) {
  auto as_address = ask_resolver(host_, port_, AI_NUMERICHOST);
  if (as_address) co_return as_address;
  if (boost::beast::iequals(host_, "localhost")) co_return loopback(port_);
  if (!under_way_) {
    const auto executor = co_await net::this_coro::executor;
    if (const auto begun = begin(executor); !begun) co_return begun.error();
  }
  co_await within(limit, answered());
  std::optional<Result<Endpoints>> result;
  {
    const std::lock_guard lock(under_way_->answer->mutex);
    result = std::move(under_way_->answer->result);
  }
  if (!result) {
    under_way_->is_late = true;
    co_return not_in_time();
  }
  const bool is_late = under_way_->is_late;
  under_way_.reset();
  // It was told already, and would else be told in two ways by turns for as long as it lasts.
  if (is_late && result->has_error()) co_return not_in_time();
  co_return std::move(*result);
}

Task<> NameLookup::answered() {
  [[maybe_unused]] const auto [ec] =
      co_await under_way_->end.async_wait(net::posix::stream_descriptor::wait_read, as_tuple);
}

Result<> NameLookup::begin(const net::any_io_executor& executor) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unresolved(errno_text(errno));
  auto answer = std::make_shared<Answer>();
  under_way_ = std::make_unique<UnderWay>(
      UnderWay{answer, net::posix::stream_descriptor(executor, ends[0])});
  std::thread asking([answer = std::move(answer), host = host_, port = port_, end = ends[1]] {
    // They are for the thread that waits for them.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    auto result = ask_resolver(host, port, 0);
    {
      const std::lock_guard lock(answer->mutex);
      answer->result.emplace(std::move(result));
    }
    ::close(end);  // who waits learns of it
  });
  asking.detach();
  return {};
}

}  // namespace minidvr::capture
