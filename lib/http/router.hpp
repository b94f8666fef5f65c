// Which handler answers which request.
#pragma once

#include "core/asio.hpp"
#include "http/message.hpp"
#include "http/role.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace minidvr::http {

class ConnectionWriter;
class WebSocketSession;

// Answers a request. An Error becomes its status with {"detail": ...}; an exception is a bug and
// becomes 500. Handlers are kept as long as the router, so a coroutine lambda may use what it
// captured.
using Handler = std::function<Task<Result<Response>>(const Request&)>;

// Writes a response that has no end: the head is sent, then this writes until a write fails. It is
// cancelled when the client goes away or the server stops.
using StreamHandler = std::function<Task<>(const Request&, ConnectionWriter&)>;

// The Content-Type that such a request is answered with. An Error: it is not served, see Handler.
using StreamType = std::function<Result<std::string>(const Request&)>;

struct Stream {
  StreamType content_type;
  StreamHandler handler;
};

// Talks to one WebSocket client until receive() says that it is gone.
using WebSocketHandler = std::function<Task<>(WebSocketSession&)>;

class Router {
 public:
  using Endpoint = std::variant<Handler, Stream, WebSocketHandler>;

  // `pattern` is a path; {name} stands for one segment that is not empty, {name*} at the end for
  // the rest of the path. GET serves HEAD too. Earlier routes win. `needed`: who may; there is no
  // default, so that nobody forgets to say it.
  void add(Verb verb, std::string_view pattern, Role needed, Endpoint endpoint);
  void get(std::string_view pattern, Role needed, Handler handler);
  // What a person opens in a browser: a page, a picture, a file. Whoever is not let in is led to
  // where he can log in; a program that asks for anything else is refused, whatever it accepts.
  void get_page(std::string_view pattern, Role needed, Handler handler);
  void post(std::string_view pattern, Role needed, Handler handler);
  // Is opened by persons, too.
  void stream(std::string_view pattern, Role needed, StreamType content_type,
              StreamHandler handler);
  void websocket(std::string_view pattern, Role needed, WebSocketHandler handler);

  struct Found {
    const Endpoint* endpoint = nullptr;
    Role needed = Role::control;
    bool is_page = false;  // see get_page()
    Parameters parameters;
    std::string_view kind;  // the pattern's beginning, such as /api; as long as the router lives
  };
  struct UnknownPath {};
  // The path is known, but not with this method.
  struct OtherMethods {
    std::string allow;  // for the Allow header
  };
  using Match = std::variant<Found, UnknownPath, OtherMethods>;

  // `path` as parse_target gives it; "*" stands for all paths.
  Match find(Verb verb, std::string_view path) const;

  struct Description {
    Verb verb;
    std::string pattern;
    Role needed;
    bool is_page;      // as in Found
    std::string kind;  // likewise
  };
  // All routes, in their order.
  std::vector<Description> describe() const;

 private:
  struct Route {
    Verb verb;
    std::vector<std::string> segments;
    std::string kind;
    Role needed;
    bool is_page;
    Endpoint endpoint;
  };

  void add_route(Verb verb, std::string_view pattern, Role needed, bool is_page, Endpoint endpoint);
  static bool matches(const Route& route, const std::vector<std::string_view>& segments,
                      Parameters& parameters);

  std::vector<Route> routes_;
};

}  // namespace minidvr::http
