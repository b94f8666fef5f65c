// Where the front end is reached: an address, a port, and a certificate where https is wanted.
#pragma once

#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/task_group.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"
#include "tls/certificate_watch.hpp"
#include "tls/server_pair.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace minidvr::api {

// What can not be had is tried for again every second, for ever. Where https is wanted nothing is
// ever served without it. The log tells what happens.
class Door {
 public:
  struct Options {
    std::string host;  // an address
    std::uint16_t port = 0;
    tls::PairFiles certificate;  // not given: plain HTTP
    http::ListenerOptions listener;
  };

  // `router` and `pool` must outlive it. `on_news`: state() is another one. `on_failure`: a task
  // that must not end has ended, which is a bug.
  Door(net::any_io_executor executor, BlockingPool& pool, const http::Router& router,
       Options options, std::function<void()> on_news, TaskGroup::FailureHandler on_failure);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // Before open().
  void guard(http::Gate& gate) { options_.listener.gate = &gate; }
  void count(http::Traffic& traffic) { options_.listener.traffic = &traffic; }

  // Tries until it is open. Returns at once.
  void open();

  // Has the certificate and its key read again, and new connections get what was read; where it is
  // of no use, what was there before. Returns at once.
  void read_certificate_again();

  // Address and port that are served; none while they can not be had.
  std::optional<net::ip::tcp::endpoint> endpoint() const;
  std::size_t connections() const { return listener_ ? listener_->connections() : 0; }

  // Why nothing is served; empty when it is, or nobody has tried yet.
  const std::string& problem() const { return problem_; }

  // Of what is served; none without https, and while nothing is served.
  std::optional<tls::CertificateState> certificate() const;

  // Where the page is, for people, and what browsers warn of; empty while it is nowhere.
  std::string state() const;

  // Ends all connections and tasks, but for one that waits for a disk that hangs.
  Task<> shut_down();

 private:
  Task<> stay_open();
  Task<bool> try_to_open();
  Task<> renew_certificate();
  Task<Result<tls::ServerPair>> read_certificate();
  Result<> listen(std::shared_ptr<net::ssl::context> tls);
  void show(tls::Certificate certificate);
  Task<> watch_certificate();
  void tell_of_certificate(log::Level level);

  net::any_io_executor executor_;
  BlockingPool& pool_;
  const http::Router& router_;
  Options options_;
  std::function<void()> on_news_;
  std::string problem_;
  tls::CertificateWatch certificate_watch_;
  bool ended_ = false;
  bool failed_ = false;              // the listener did, by itself
  bool certificate_wanted_ = false;  // somebody asked for it to be read again
  Event changed_;                    // one of the last two
  TaskGroup tasks_;
  std::unique_ptr<http::Listener> listener_;
};

}  // namespace minidvr::api
