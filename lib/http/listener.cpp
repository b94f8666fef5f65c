#include "http/listener.hpp"

#include "core/event.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"
#include "http/admission.hpp"
#include "http/log_component.hpp"
#include "http/response_head.hpp"

#include <utility>

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace minidvr::http {
namespace {

using tcp = net::ip::tcp;

// Whom nothing is sent to (a picture that stands still) would be held for ever when it vanished
// without a goodbye, as Wi-Fi does: the kernel asks after 30 s, and ends it after 30 more.
void notice_vanishing(int fd) {
  const auto set = [fd](int level, int option, int value) {
    ::setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

// Asio 1.81 opens sockets without it, and a child must not hold our port or our clients.
void close_on_exec(int fd) {
  [[maybe_unused]] const int result = ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

error_code open_acceptor(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (ec) return ec;
  close_on_exec(acceptor.native_handle());
  // A restart must not wait for old connections in TIME_WAIT.
  acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (ec) return ec;
  if (endpoint.address().is_v6()) {
    acceptor.set_option(net::ip::v6_only(false), ec);  // :: serves IPv4, too
    if (ec) return ec;
  }
  acceptor.bind(endpoint, ec);
  if (ec) return ec;
  acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) return ec;
  acceptor.non_blocking(true, ec);  // of accept(), see take_waiting()
  return ec;
}

// Tells a client that there are too many, and closes.
Task<> refuse_connection(net::ip::tcp::socket socket, Server& server) {
  Transport transport(std::move(socket));
  ConnectionWriter writer(transport, server.limits);
  const Response response =
      error_response(Status::service_unavailable,
                     "too many connections at once; try again in a moment", Reason::busy);
  HeadOptions options;
  const auto body = response.body.bytes();
  options.content_length = body.size();
  std::string text = response_head(response, security_headers(server.security), options);
  text.append(body.data(), body.size());
  if (!co_await writer.write(text)) co_return;
  co_await close_gently(transport, Steady::now() + server.limits.linger_time);
}

// What helps where it can not listen there.
std::string what_helps(const std::string& address, const error_code& ec) {
  if (ec == net::error::address_in_use) return "; stop what uses it or choose another port";
  const auto percent = address.find('%');
  if (percent == std::string::npos) return {};
  const std::string zone = address.substr(percent + 1);
  return ::if_nametoindex(zone.c_str()) == 0 ? "; there is no network interface " + zone
                                             : std::string();
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(net::any_io_executor executor,
                                                 const std::string& address, std::uint16_t port,
                                                 const Router& router, ListenerOptions options,
                                                 TaskGroup::FailureHandler on_failure) {
  const auto cannot = [&](const error_code& ec) {
    return make_error(Errc::unavailable, fmt::format("cannot listen on {} port {}: {}{}", address,
                                                     port, ec.message(), what_helps(address, ec)));
  };
  error_code ec;
  const auto ip = net::ip::make_address(address, ec);
  if (ec) return cannot(ec);
  tcp::acceptor acceptor(executor);
  ec = open_acceptor(acceptor, tcp::endpoint(ip, port));
  if (ec) return cannot(ec);
  return std::unique_ptr<Listener>(new Listener(std::move(executor), std::move(acceptor), router,
                                                std::move(options), std::move(on_failure)));
}

Listener::Listener(net::any_io_executor executor, tcp::acceptor acceptor, const Router& router,
                   ListenerOptions options, TaskGroup::FailureHandler on_failure)
    : server_(router, options.limits, std::move(options.security), std::move(options.access),
              options.gate, options.traffic, std::move(options.tls), executor),
      acceptor_(std::move(acceptor)),
      door_(executor, std::move(on_failure)),
      sessions_(executor),
      refusals_(executor),
      held_(executor) {}

void Listener::run() {
  door_.spawn("accept connections", accept_connections());
}

Task<> Listener::accept_connections() {
  bool complained = false;
  for (;;) {
    auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
    if (!ec) {
      complained = false;
      take(std::move(socket));
      take_waiting();
      continue;
    }
    if (server_.closing.begun()) co_return;
    // Out of descriptors, or a client that left before it was served: both pass.
    if (!complained) {
      server_.client_log.print(log::Level::warning, kComponent, "cannot accept a connection: {}",
                               ec.message());
    }
    complained = true;
    co_await sleep_for(server_.limits.accept_pause);
  }
}

// One a turn of the loop would keep everybody waiting behind whoever knocks without end.
void Listener::take_waiting() {
  constexpr int kMostAtOnce = 64;
  for (int i = 0; i < kMostAtOnce; ++i) {
    error_code ec;
    tcp::socket socket(acceptor_.get_executor());
    acceptor_.accept(socket, ec);
    if (ec) return;  // nobody waits, most likely; what else it is async_accept tells
    take(std::move(socket));
  }
}

void Listener::take(tcp::socket socket) {
  close_on_exec(socket.native_handle());
  error_code ignored;
  // Answers are written whole; waiting for more to send would only delay them.
  socket.set_option(tcp::no_delay(true), ignored);
  notice_vanishing(socket.native_handle());
  const auto client = socket.remote_endpoint(ignored);
  const Taken taken = server_.connections.admit(client.address());
  if (taken == Taken::yes) {
    auto session = std::make_shared<Session>(std::move(socket), server_);
    server_.connections.add(client.address(), session);
    ++server_.traffic.connections_taken;
    sessions_.spawn("connection", serve(std::move(session)));
    return;
  }
  ++server_.traffic.connections_refused;
  if (taken == Taken::no) {
    refuse(std::move(socket));
    return;
  }
  auto place = held_places_.take(network_of(client.address()));
  if (place) held_.spawn("hold", hold(std::move(socket), std::move(place)));
}

void Listener::refuse(tcp::socket socket) {
  // By TLS it would cost as much to be told as to be served.
  if (!server_.tls && refusals_.size() < server_.limits.refusals) {
    refusals_.spawn("refusal", refuse_connection(std::move(socket), server_));
  }
}

// `place`: is given back at the end.
Task<> Listener::hold(tcp::socket socket, [[maybe_unused]] SharedPlaces::Place place) {
  co_await sleep_for(server_.limits.hold_time);
  // Cancelled too late to notice: who is told now would be told after all others have been shown
  // out.
  if (server_.closing.begun()) co_return;
  refuse(std::move(socket));
}

Task<> Listener::serve(std::shared_ptr<Session> session) {
  co_await first_of(session->run(), drop_at_the_end(*session));
}

Task<> Listener::drop_at_the_end(Session& session) {
  co_await server_.closing.wait_until(SteadyTime::max());
  co_await sleep_for(server_.limits.shutdown_grace);
  session.drop();
}

Task<> Listener::wait_for_sessions() {
  co_await sessions_.join();
}

Task<> Listener::shut_down() {
  server_.closing.begin();
  error_code ignored;
  acceptor_.close(ignored);
  door_.cancel();
  held_.cancel();
  refusals_.cancel();
  co_await within(server_.limits.shutdown_grace, wait_for_sessions());
  sessions_.cancel();
  co_await sessions_.join();
  co_await held_.join();
  co_await refusals_.join();
  co_await door_.join();
}

}  // namespace minidvr::http
