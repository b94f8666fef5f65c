#include "api/door.hpp"

#include "core/first_of.hpp"
#include "core/log.hpp"
#include "core/zoned_url.hpp"

#include <chrono>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::api {
namespace {

constexpr auto kDoor = "http";  // in the log

// Between two tries to get what is missing.
constexpr seconds kTryAgainAfter{1};

// What reading a certificate gets to end when the program does; it can not be cancelled.
constexpr milliseconds kReadingTime{500};

// It expires some day, while nobody does anything.
constexpr std::chrono::hours kBetweenLooksAtCertificate{1};

}  // namespace

Door::Door(net::any_io_executor executor, BlockingPool& pool, const http::Router& router,
           Options options, std::function<void()> on_news, TaskGroup::FailureHandler on_failure)
    : executor_(std::move(executor)),
      pool_(pool),
      router_(router),
      options_(std::move(options)),
      on_news_(std::move(on_news)),
      changed_(executor_),
      tasks_(executor_, std::move(on_failure)) {}

void Door::open() {
  tasks_.spawn("front end", stay_open());
  tasks_.spawn("certificate", renew_certificate());
  if (options_.certificate.given()) tasks_.spawn("certificate's times", watch_certificate());
}

void Door::read_certificate_again() {
  certificate_wanted_ = true;
  changed_.notify();
}

std::optional<net::ip::tcp::endpoint> Door::endpoint() const {
  if (!listener_) return std::nullopt;
  return listener_->endpoint();
}

std::optional<tls::CertificateState> Door::certificate() const {
  if (!listener_) return std::nullopt;
  return certificate_watch_.state(std::chrono::system_clock::now());
}

std::string Door::state() const {
  if (!listener_) return {};
  std::ostringstream url;
  url << (options_.certificate.given() ? "https://" : "http://") << listener_->endpoint() << "/";
  const auto zoned = split_zone(url.str());
  auto text = "page on " + with_zone(zoned.url, zoned.zone);
  const auto served = certificate();
  if (served && !served->problem.empty()) text += "; the certificate: " + served->problem;
  return text;
}

Task<> Door::stay_open() {
  for (;;) {
    bool opened = co_await try_to_open();
    while (!opened) {
      co_await sleep_for(kTryAgainAfter);
      opened = co_await try_to_open();
    }
    while (!failed_)
      co_await changed_.wait();
    // A bug, which is logged. Recording must not end for it, so the door gets another try.
    co_await listener_->shut_down();
    listener_.reset();
    failed_ = false;
    co_await sleep_for(kTryAgainAfter);
  }
}

Task<bool> Door::try_to_open() {
  Result<> opened;
  std::optional<tls::Certificate> certificate;
  if (options_.certificate.given()) {
    const auto pair = co_await read_certificate();
    if (ended_) co_return false;
    if (pair) {
      opened = listen(pair->context);
      certificate = pair->certificate;
    } else {
      opened = make_error(pair.error().code, "https can not be served: " + pair.error().detail);
    }
  } else {
    opened = listen(nullptr);
  }
  const std::string problem = opened ? std::string() : opened.error().detail;
  const bool is_news = problem != problem_;
  problem_ = problem;
  if (opened) {
    if (certificate) show(std::move(*certificate));
    log::info(kDoor, "{}", state());
    on_news_();
  } else if (is_news) {
    log::error(kDoor, "{}; trying again every second, while all else goes on", problem_);
    on_news_();
  }
  co_return opened.has_value();
}

Result<> Door::listen(std::shared_ptr<net::ssl::context> tls) {
  const auto on_failure = [this](const std::string&, const std::string&) {
    failed_ = true;
    changed_.notify();
  };
  auto options = options_.listener;
  options.tls = std::move(tls);
  auto bound = http::Listener::bind(executor_, options_.host, options_.port, router_,
                                    std::move(options), on_failure);
  if (!bound) return bound.error();
  listener_ = std::move(*bound);
  listener_->run();
  return {};
}

Task<Result<tls::ServerPair>> Door::read_certificate() {
  auto work = [files = options_.certificate] { return tls::read_server_pair(files); };
  co_return co_await run_blocking(pool_, std::move(work));
}

Task<> Door::renew_certificate() {
  for (;;) {
    while (!std::exchange(certificate_wanted_, false))
      co_await changed_.wait();
    if (!options_.certificate.given()) {
      log::info(kDoor, "asked to read the certificate again, and none is set");
      continue;
    }
    const auto pair = co_await read_certificate();
    if (ended_) co_return;
    if (!listener_) continue;  // it is tried every second
    if (pair) {
      listener_->renew_tls(pair->context);
      log::info(kDoor, "the certificate was read again");
      show(pair->certificate);
    } else {
      certificate_watch_.keeps_because(pair.error().detail);
      tell_of_certificate(log::Level::error);
    }
    on_news_();
  }
}

Task<> Door::watch_certificate() {
  for (;;) {
    co_await sleep_for(kBetweenLooksAtCertificate);
    tell_of_certificate(log::Level::warning);
    if (listener_) on_news_();
  }
}

void Door::tell_of_certificate(log::Level level) {
  const auto problem = certificate_watch_.reminder(std::chrono::system_clock::now(), Steady::now());
  if (!problem.empty()) log::print(level, kDoor, "the certificate: {}", problem);
}

void Door::show(tls::Certificate certificate) {
  log::info(kDoor, "certificate for {}, valid until {}, SHA-256 {}",
            fmt::join(certificate.names(), ", "), tls::day_of(certificate.valid_until()),
            certificate.fingerprint());
  certificate_watch_.serves(std::move(certificate));
  tell_of_certificate(log::Level::warning);
}

Task<> Door::shut_down() {
  ended_ = true;
  tasks_.cancel();
  co_await within(kReadingTime, tasks_.join());
  if (listener_) co_await listener_->shut_down();
}

}  // namespace minidvr::api
