// Bodies that say themselves when they end.

#include "integration/http/raw_client.hpp"
#include "integration/http/test_server.hpp"

#include <atomic>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// Says "1", "2", ...; then ends, or waits for ever. Counts those that are alive.
class Counting : public http::BodySource {
 public:
  Counting(std::atomic<int>& alive, int last, bool ends) : alive_(alive), last_(last), ends_(ends) {
    ++alive_;
  }
  ~Counting() override { --alive_; }
  bool is_timed() const override { return !ends_; }
  Task<std::span<const char>> next() override {
    if (number_ == last_ && !ends_) co_await sleep_for(std::chrono::hours(1));
    text_ = number_ < last_ ? std::to_string(++number_) : "";
    co_return std::span<const char>(text_);
  }

 private:
  std::atomic<int>& alive_;
  int last_;
  bool ends_;
  int number_ = 0;
  std::string text_;
};

struct CountingServer {
  CountingServer() {
    server.io.run([this] {
      for (const bool ends : {true, false}) {
        server.front_end->router().get(
            ends ? "/ends" : "/waits", http::Role::view,
            [this, ends](const http::Request&) -> Task<Result<http::Response>> {
              http::Response response;
              response.content_type = "text/plain";
              response.source = std::make_shared<Counting>(alive, 5, ends);
              co_return response;
            });
      }
    });
  }
  bool all_gone() const {
    const auto deadline = Steady::now() + kPatience;
    while (alive > 0 && Steady::now() < deadline)
      std::this_thread::sleep_for(milliseconds(5));
    return alive == 0;
  }
  std::atomic<int> alive{0};
  TestServer server;
};

}  // namespace

TEST_CASE("a body that ends by itself ends the connection, in an orderly way") {
  CountingServer counting;
  RawClient client(counting.server.port);
  const auto response = client.get("/ends");
  CHECK(response.status_line == kOk);
  CHECK_FALSE(response.headers.contains("Content-Length"));
  CHECK(response.headers.at("Connection") == "close");
  CHECK(client.fill(5));
  CHECK(client.take(10) == "12345");
  CHECK(client.at_end());
  RawClient head(counting.server.port);
  head.send("HEAD /ends HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(head.response(false).status_line == kOk);
  CHECK(head.at_end());
  CHECK(counting.all_gone());
}

TEST_CASE("a body that waits is let go when its client goes, and when the server stops") {
  CountingServer counting;
  {
    RawClient leaves(counting.server.port);
    leaves.get("/waits");
    CHECK(leaves.fill(5));
    CHECK(counting.alive == 1);
  }
  CHECK(counting.all_gone());
  RawClient stays(counting.server.port);
  stays.get("/waits");
  CHECK(stays.fill(5));
  const auto before = Steady::now();
  counting.server.shut_down();
  CHECK(Steady::now() - before < seconds(8));  // less than what any other limit takes
  CHECK(counting.all_gone());
}
