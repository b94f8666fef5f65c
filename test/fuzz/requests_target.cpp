#include "requests_target.hpp"

#include "api/front_end.hpp"
#include "core/file.hpp"
#include "core/log.hpp"
#include "demand.hpp"
#include "integration/http/fake_recorder.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::fuzz {
namespace {

// Whoever has said all is let go at once; a slow machine takes its time.
constexpr seconds kPatience{60};

// Made once: what one client did must not matter to the next.
class Server {
 public:
  Server() : recorder_(io_.get_executor()), controls_(io_.get_executor(), pool_, no_camera(), {}) {
    log::init(log::Level::error);
    for (const char* name : {"static", "templates"})
      std::filesystem::create_directory(folder_.path() / name);
    folder_.write("templates/index.html", "<p>port {{stream_port}}</p>");
    folder_.write("static/app.js", "let a;");
    Settings settings;
    settings.app_host = "127.0.0.1";
    settings.app_port = 0;
    front_end_ = std::make_unique<api::FrontEnd>(
        io_.get_executor(), pool_, settings, [this] { return folder_.path(); }, recorder_.access(),
        controls_, [](const std::string&, const std::string&) { demand(false, "nothing ends"); });
    front_end_->run();
    recorder_.run();
    controls_.run([] { return false; }, [] { return false; });
    recorder_.publish({0xFF, 0xD8, 0xFF, 0xD9});
    while (!front_end_->endpoint())
      io_.poll();
  }

  std::string exchange(std::string_view input) {
    const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(front_end_->endpoint()->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    demand(::connect(client.get(), &generic, sizeof generic) == 0, "the server listens");
    // Far less than what the kernel takes. A server that has refused it may have closed already.
    (void)::send(client.get(), input.data(), input.size(), MSG_NOSIGNAL);
    ::shutdown(client.get(), SHUT_WR);
    return read_all(client.get());
  }

 private:
  controls::ControlsOptions no_camera() const {
    return {{"/nonexistent/v4l2-ctl", [] { return "/dev/null"; }, {}}, {}, false, folder_.path()};
  }

  std::string read_all(int client) {
    std::string answer;
    const auto deadline = Steady::now() + kPatience;
    for (std::array<char, 16384> piece;;) {
      io_.restart();
      io_.poll();
      const auto count = ::recv(client, piece.data(), piece.size(), MSG_DONTWAIT);
      if (count > 0) {
        answer.append(piece.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno == ECONNRESET) {
        return answer;
      } else {
        demand(Steady::now() < deadline, "a client that has said all is let go");
      }
    }
  }

  test::TemporaryFolder folder_;
  net::io_context io_{1};
  BlockingPool pool_{1};
  test::FakeRecorder recorder_;
  controls::ControlsService controls_;
  std::unique_ptr<api::FrontEnd> front_end_;
};

}  // namespace

void check_requests(std::string_view input) {
  // It lives until the program ends: there is nothing to look at behind the last input.
  static Server& server = *new Server;  // NOLINT(cppcoreguidelines-owning-memory)
  const auto answer = server.exchange(input);
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  demand(answer.empty() || answer.starts_with(kBegin), "an answer is one of HTTP");
  demand(!answer.starts_with("HTTP/1.1 500"), "no request shows a fault of ours");
}

}  // namespace minidvr::fuzz
