#include "http/router.hpp"

#include <algorithm>
#include <array>

#include <boost/beast/http/verb.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::http {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}
bool is_rest(std::string_view segment) {
  return segment.ends_with("*}");
}

std::string joined(const std::vector<std::string_view>& segments, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < segments.size(); ++i) {
    if (i > from) text += '/';
    text += segments[i];
  }
  return text;
}

}  // namespace

void Router::add_route(Verb verb, std::string_view pattern, Role needed, bool is_page,
                       Endpoint endpoint) {
  const auto segments = split(pattern);
  routes_.push_back({verb,
                     {segments.begin(), segments.end()},
                     fmt::format("/{}", segments.front()),
                     needed,
                     is_page,
                     std::move(endpoint)});
}

void Router::add(Verb verb, std::string_view pattern, Role needed, Endpoint endpoint) {
  add_route(verb, pattern, needed, false, std::move(endpoint));
}

void Router::get(std::string_view pattern, Role needed, Handler handler) {
  add(Verb::get, pattern, needed, std::move(handler));
}

void Router::get_page(std::string_view pattern, Role needed, Handler handler) {
  add_route(Verb::get, pattern, needed, true, std::move(handler));
}

void Router::post(std::string_view pattern, Role needed, Handler handler) {
  add(Verb::post, pattern, needed, std::move(handler));
}

void Router::stream(std::string_view pattern, Role needed, StreamType content_type,
                    StreamHandler handler) {
  add_route(Verb::get, pattern, needed, true, Stream{std::move(content_type), std::move(handler)});
}

void Router::websocket(std::string_view pattern, Role needed, WebSocketHandler handler) {
  add(Verb::get, pattern, needed, std::move(handler));
}

std::vector<Router::Description> Router::describe() const {
  std::vector<Description> all;
  for (const auto& route : routes_) {
    all.push_back({route.verb, fmt::format("/{}", fmt::join(route.segments, "/")), route.needed,
                   route.is_page, route.kind});
  }
  return all;
}

bool Router::matches(const Route& route, const std::vector<std::string_view>& segments,
                     Parameters& parameters) {
  parameters.clear();
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string_view pattern = route.segments[i];
    if (i >= segments.size()) return false;
    if (is_parameter(pattern) && is_rest(pattern)) {
      parameters.emplace_back(pattern.substr(1, pattern.size() - 3), joined(segments, i));
      return true;
    }
    if (is_parameter(pattern)) {
      if (segments[i].empty()) return false;
      parameters.emplace_back(pattern.substr(1, pattern.size() - 2), segments[i]);
    } else if (pattern != segments[i]) {
      return false;
    }
  }
  return segments.size() == route.segments.size();
}

Router::Match Router::find(Verb verb, std::string_view path) const {
  const bool any_path = path == "*";
  const auto segments = any_path ? std::vector<std::string_view>{} : split(path);
  const Verb wanted = verb == Verb::head ? Verb::get : verb;
  Parameters parameters;
  std::vector<Verb> known;
  for (const auto& route : routes_) {
    if (!any_path && !matches(route, segments, parameters)) continue;
    if (!any_path && route.verb == wanted) {
      return Found{&route.endpoint, route.needed, route.is_page, std::move(parameters), route.kind};
    }
    known.push_back(route.verb);
  }
  if (known.empty()) return UnknownPath{};
  const auto has = [&](Verb v) { return std::find(known.begin(), known.end(), v) != known.end(); };
  OtherMethods others;
  constexpr std::array kOrder = {Verb::get, Verb::post, Verb::put, Verb::patch, Verb::delete_};
  for (const Verb candidate : kOrder) {
    if (!has(candidate)) continue;
    const auto name = std::string_view(boost::beast::http::to_string(candidate));
    others.allow += fmt::format("{}, ", name);
    if (candidate == Verb::get) others.allow += "HEAD, ";
  }
  others.allow += "OPTIONS";
  return others;
}

}  // namespace minidvr::http
