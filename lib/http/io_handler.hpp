// Any completion handler of a read or a write, as one type: whatever waits for a Transport, the
// operations of sockets and of TLS are made once, and not for each of Beast's operations anew,
// which took the compiler longer than all else in this room. (Asio's own any_completion_handler
// came with Boost 1.82.)
#pragma once

#include "core/asio.hpp"

#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace minidvr::http {

// Called once. Its executor and what can cancel it are those of the handler within.
class IoHandler {
 public:
  using executor_type = net::any_io_executor;
  using cancellation_slot_type = net::cancellation_slot;

  // `usual`: where a handler runs that does not say.
  template <class Handler>
  IoHandler(Handler handler, const net::any_io_executor& usual)
      : executor_(net::get_associated_executor(handler, usual)),
        slot_(net::get_associated_cancellation_slot(handler)),
        held_(std::make_unique<Held<Handler>>(std::move(handler))) {}

  executor_type get_executor() const noexcept { return executor_; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  void operator()(error_code ec, std::size_t bytes) {
    const auto held = std::move(held_);
    held->call(ec, bytes);
  }

 private:
  struct HeldBase {
    HeldBase() = default;
    HeldBase(const HeldBase&) = delete;
    HeldBase& operator=(const HeldBase&) = delete;
    virtual ~HeldBase() = default;
    virtual void call(error_code ec, std::size_t bytes) = 0;
  };

  template <class Handler>
  struct Held final : HeldBase {
    explicit Held(Handler its_handler) : handler(std::move(its_handler)) {}
    void call(error_code ec, std::size_t bytes) override { std::move(handler)(ec, bytes); }
    Handler handler;
  };

  net::any_io_executor executor_;
  net::cancellation_slot slot_;
  std::unique_ptr<HeldBase> held_;
};

}  // namespace minidvr::http
