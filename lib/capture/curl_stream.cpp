#include "capture/curl_stream.hpp"

#include "capture/curl_library.hpp"
#include "capture/keep_alive.hpp"
#include "core/asio.hpp"
#include "core/text.hpp"

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::capture {
using boost::beast::iequals;
namespace {

constexpr unsigned kStreamIsThere = 200;
// How long the thread waits for one thing before it looks whether it is to end.
constexpr int kLookMs = 100;
constexpr std::string_view kCookie = "Set-Cookie:";

void tell_step(void* place, AskStep step) {
  *static_cast<std::atomic<AskStep>*>(place) = step;
}

int on_resolve(void*, void*, void* step) {
  tell_step(step, AskStep::resolving);
  return 0;
}

// What libcurl is to take for the first line of an answer as well: that of radios by HTTP.
curl_slist* other_status_lines() {
  static char icy[] = "ICY 200";
  static curl_slist lines{icy, nullptr};
  return &lines;
}

// For curl a name, a connection, its TLS and an answer that are not there in time are the same.
std::string what_is_late(AskStep step) {
  if (step == AskStep::resolving) return "cannot resolve the host: no answer in time";
  if (step == AskStep::connecting) return "cannot connect: no answer in time";
  if (step == AskStep::securing) return "the server does not finish its TLS handshake in time";
  return "no answer in time";
}

}  // namespace

CurlStream::CurlStream(Options options) : options_(std::move(options)), curl_(curl_library()) {
  int ends[2];
  // GCOV_EXCL_START: libcurl is installed where tests are run, and a program has descriptors left
  if (curl_ == nullptr) {
    why_ = "this takes libcurl, which is not installed (libcurl4)";
    return;
  }
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    why_ = "cannot open a socket: " + std::system_category().message(errno);
    return;
  }
  // GCOV_EXCL_STOP
  ours_ = ends[0];
  theirs_ = ends[1];
  easy_ = curl_->easy_init();
  multi_ = curl_->multi_init();
  set_up();
  thread_ = std::thread([this] { transfer(); });
}

CurlStream::~CurlStream() {
  end();
  if (ours_ >= 0) ::close(ours_);
  if (curl_ == nullptr) return;
  curl_->easy_cleanup(easy_);
  curl_->multi_cleanup(multi_);
}

int CurlStream::take_socket() {
  return std::exchange(ours_, -1);
}

void CurlStream::end() {
  if (!thread_.joinable()) return;
  ending_ = true;
  curl_->multi_wakeup(multi_);
  thread_.join();
}

Error CurlStream::why() {
  end();
  return make_error(Errc::unavailable, why_, refusal_);
}

void CurlStream::set_up() {
  const auto set = [this](CURLoption option, auto value) {
    curl_->easy_setopt(easy_, option, value);
  };
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_USERAGENT, "mini-dvr");
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 1L);
  // Some redirect until they get the cookie back that they gave.
  set(CURLOPT_COOKIEFILE, "");
  set(CURLOPT_MAXREDIRS, kMostRedirects);
  // The strongest that the server offers; the password goes to nobody that it redirects to.
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
  set(CURLOPT_SSL_VERIFYPEER, options_.tls_verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, options_.tls_verify ? 2L : 0L);
  // As the other way to the camera: whatever the environment says.
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NOSIGNAL, 1L);
  // A name that is being looked up must not keep the program from its end.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_RESOLVER_START_FUNCTION, &on_resolve);
  set(CURLOPT_RESOLVER_START_DATA, &options_.step);
  begin_connection(AskStep::resolving);
  const curl_sockopt_callback on_socket = [](void* self, curl_socket_t socket, curlsocktype) {
    // Options of libcurl's own know no number of probes before 8.9.
    keep_alive(socket);
    static_cast<CurlStream*>(self)->begin_connection(AskStep::connecting);
    return CURL_SOCKOPT_OK;
  };
  set(CURLOPT_SOCKOPTFUNCTION, on_socket);
  set(CURLOPT_SOCKOPTDATA, this);
  const curl_ssl_ctx_callback on_tls = [](CURL*, void*, void* self) {
    static_cast<CurlStream*>(self)->begin_connection(AskStep::securing);
    return CURLE_OK;
  };
  set(CURLOPT_SSL_CTX_FUNCTION, on_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
  set(CURLOPT_PREREQFUNCTION, &CurlStream::on_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HTTP200ALIASES, other_status_lines());
  set(CURLOPT_HEADERFUNCTION, &CurlStream::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &CurlStream::on_body);
  set(CURLOPT_WRITEDATA, this);
}

// libcurl counts TLS as part of the connection, and a small camera may take longer for that than
// for all else.
void CurlStream::begin_connection(AskStep step) {
  const auto limit = step == AskStep::securing ? options_.answer : options_.connect;
  curl_->easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                     long{std::chrono::ceil<milliseconds>(limit).count()});
  options_.step = step;
}

unsigned CurlStream::asked_status() const {
  long status = 0;
  curl_->easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<unsigned>(status);
}

void CurlStream::note_connection() {
  const std::lock_guard lock(mutex_);
  if (first_connection_) return;
  const auto end = [this](CURLINFO address, CURLINFO port) {
    const char* text = nullptr;
    long number = 0;
    curl_->easy_getinfo(easy_, address, &text);
    curl_->easy_getinfo(easy_, port, &number);
    error_code unreadable;
    const auto read = net::ip::make_address(text != nullptr ? text : "", unreadable);
    return process::Endpoint(read, static_cast<std::uint16_t>(number));
  };
  first_connection_ = Connection{end(CURLINFO_LOCAL_IP, CURLINFO_LOCAL_PORT),
                                 end(CURLINFO_PRIMARY_IP, CURLINFO_PRIMARY_PORT)};
}

std::optional<Connection> CurlStream::first_connection() {
  const std::lock_guard lock(mutex_);
  return first_connection_;
}

void CurlStream::transfer() {
  // They are for the thread that waits for them.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  curl_->multi_add_handle(multi_, easy_);
  const int result = wait_for_end();
  status_ = asked_status();
  answer_is_late_ = result == CURLE_OPERATION_TIMEDOUT && options_.step.load() >= AskStep::securing;
  if (is_answered_ && status_ == kUnauthorized) {
    // A first 401 only asks, by Digest for its nonce, too.
    refusal_ = tells_user_ && !server_led_to() ? Reason::forbidden : Reason::login_required;
  }
  why_ = reason(result);
  curl_->multi_remove_handle(multi_, easy_);
  ::close(theirs_);  // who reads learns of it
}

// The result of curl, CURLE_OPERATION_TIMEDOUT when no answer came in time.
int CurlStream::wait_for_end() {
  const auto deadline = Steady::now() + options_.answer;
  while (!ending_) {
    int running = 0;
    if (curl_->multi_perform(multi_, &running) != CURLM_OK) return CURLE_RECV_ERROR;
    int left = 0;
    if (const auto* message = curl_->multi_info_read(multi_, &left)) return message->data.result;
    if (!answered_ && Steady::now() > deadline) return CURLE_OPERATION_TIMEDOUT;
    curl_->multi_poll(multi_, nullptr, 0, kLookMs, nullptr);
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

// No word of curl's that could name the URL.
std::string CurlStream::reason(int result) const {
  switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "the certificate of the camera's server is not one that this machine trusts "
             "(stream_tls_verify = off takes any)";
    case CURLE_TOO_MANY_REDIRECTS:
      return fmt::format("the camera's server redirects more than {} times", kMostRedirects);
    case CURLE_UNSUPPORTED_PROTOCOL:
      return is_answered_ ? "the camera's server redirects to what is neither http nor https"
                          : "what answers at that address speaks no HTTP";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "cannot resolve the host";
    case CURLE_COULDNT_CONNECT:
      return "cannot connect";
    case CURLE_OPERATION_TIMEDOUT:
      return what_is_late(options_.step);
    default:
      break;
  }
  if (is_answered_ && status_ == kUnauthorized) return why_unauthorized();
  if (is_answered_ && status_ != kStreamIsThere) {
    return fmt::format("the server answered {}", status_);
  }
  if (result == CURLE_WEIRD_SERVER_REPLY) {
    return "the head of the server's answer is not one that libcurl takes";
  }
  if (result == CURLE_OK) return "the stream ended";
  return fmt::format("the stream failed: {}", curl_->easy_strerror(static_cast<CURLcode>(result)));
}

// Another one than that of the URL; nullopt: it is that.
std::optional<std::string> CurlStream::server_led_to() const {
  const char* url = nullptr;
  curl_->easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  auto server = server_of(url != nullptr ? url : "");
  return server == server_of(options_.url) ? std::nullopt : std::move(server);
}

std::string CurlStream::why_unauthorized() const {
  if (const auto server = server_led_to()) {
    return fmt::format(
        "the camera's server leads to another address, {}, which wants a user name and password: "
        "put that address into stream_url, with them, as they are sent to no other",
        *server);
  }
  return std::string(why_refused(options_.url));
}

// Before each request: of what was asked before nothing is known any more.
int CurlStream::on_request(void* self, char*, char*, int, int) {
  auto& stream = *static_cast<CurlStream*>(self);
  stream.is_answered_ = false;
  stream.tells_user_ = stream.is_challenged_;
  tell_step(&stream.options_.step, AskStep::asked);
  return CURL_PREREQFUNC_OK;
}

std::size_t CurlStream::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& stream = *static_cast<CurlStream*>(self);
  const std::string_view line(bytes, size * count);
  stream.note_connection();
  const bool is_end = trim(line, "\r\n").empty();
  if (line.starts_with("HTTP/")) stream.cookies_.clear();  // of a redirect
  if (iequals(line.substr(0, kCookie.size()), kCookie)) stream.cookies_ += line;
  stream.is_answered_ |= is_end;
  stream.is_challenged_ |= is_end && stream.asked_status() == kUnauthorized;
  if (!is_end || stream.answered_ || stream.asked_status() != kStreamIsThere) return line.size();
  stream.answered_ = true;
  const char* type = nullptr;
  stream.curl_->easy_getinfo(stream.easy_, CURLINFO_CONTENT_TYPE, &type);
  const auto head = fmt::format("HTTP/1.0 200 OK\r\nContent-Type: {}\r\n{}\r\n",
                                type != nullptr ? type : "", stream.cookies_);
  return stream.hand_over(head) ? line.size() : 0;
}

std::size_t CurlStream::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  const auto& stream = *static_cast<CurlStream*>(self);
  const std::string_view piece(bytes, size * count);
  return stream.answered_ && stream.hand_over(piece) ? piece.size() : 0;
}

// False: nobody wants it any more.
bool CurlStream::hand_over(std::string_view bytes) const {
  while (!bytes.empty()) {
    if (ending_) return false;
    pollfd entry{theirs_, POLLOUT, 0};
    if (::poll(&entry, 1, kLookMs) <= 0) continue;
    const auto sent = ::send(theirs_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace minidvr::capture
