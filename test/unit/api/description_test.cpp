// The descriptions in static/api are held against the program itself.
#include "api/command_message.hpp"
#include "capture/camera_trouble.hpp"
#include "core/file.hpp"
#include "core/version.hpp"
#include "support/program_routes.hpp"
#include "tls/certificate_watch.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;

namespace {

namespace json = boost::json;

using Names = std::set<std::string>;

json::value description(const std::string& name) {
  const auto path = std::filesystem::path(MINIDVR_FIXTURES) / "../../static/api" / name;
  const auto text = read_file(path, 1 << 20);
  REQUIRE(text.has_value());
  return json::parse(*text);
}

Names routes_of_the_program() {
  Names routes;
  for (const auto& added : test::program_routes()) {
    std::string route(boost::beast::http::to_string(added.verb));
    route += " " + added.pattern;
    if (const auto rest = route.find("*}"); rest != std::string::npos) route.erase(rest, 1);
    CHECK(routes.insert(route).second);
  }
  return routes;
}

Names described_routes(const json::value& openapi) {
  Names routes;
  for (const auto& path : openapi.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string verb = operation.key();
      for (char& c : verb)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      routes.insert(verb + " " + std::string(path.key()));
    }
  }
  return routes;
}

Names without(const Names& all, const Names& others) {
  Names left;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(),
                      std::inserter(left, left.end()));
  return left;
}

const json::value& resolved(const json::value& document, const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr || !object->contains("$ref")) return value;
  boost::system::error_code ec;
  const std::string pointer = std::string(object->at("$ref").as_string()).substr(1);
  const auto* found = document.find_pointer(pointer, ec);
  INFO(pointer);
  REQUIRE(found != nullptr);
  return *found;
}

// Every $ref of it leads somewhere.
void check_references(const json::value& document, const json::value& value) {
  if (const auto* array = value.if_array()) {
    for (const auto& one : *array)
      check_references(document, one);
  } else if (const auto* object = value.if_object()) {
    resolved(document, value);
    for (const auto& one : *object)
      check_references(document, one.value());
  }
}

Names path_parameters(const json::value& document, const json::value& operation) {
  Names names;
  const auto* parameters = operation.as_object().if_contains("parameters");
  if (parameters == nullptr) return names;
  for (const auto& one : parameters->as_array()) {
    const auto& parameter = resolved(document, one);
    CHECK(parameter.as_object().contains("example"));
    if (parameter.at("in") != "path") continue;
    CHECK(parameter.at("required") == json::value(true));
    names.insert(std::string(parameter.at("name").as_string()));
  }
  return names;
}

Names parameters_in(std::string_view path) {
  Names names;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1))
    names.insert(std::string(path.substr(at + 1, path.find('}', at) - at - 1)));
  return names;
}

Names codes_in(const json::value& document) {
  Names codes;
  for (const auto& code :
       document.at("components").at("schemas").at("ErrorCode").at("enum").as_array())
    codes.insert(std::string(code.as_string()));
  return codes;
}

}  // namespace

TEST_CASE("What the program answers is what its description says, route for route") {
  const auto real = routes_of_the_program();
  const auto described = described_routes(description("openapi.json"));
  REQUIRE(real.size() > 30);
  CHECK(without(real, described) == Names{});  // not described
  CHECK(without(described, real) == Names{});  // described, and not there
}

TEST_CASE("The way to the login is described where it is led to, and nowhere else") {
  const auto openapi = description("openapi.json");
  std::size_t pages = 0;
  for (const auto& route : test::program_routes()) {
    if (route.verb != http::Verb::get) continue;
    std::string path = route.pattern;
    if (const auto rest = path.find("*}"); rest != std::string::npos) path.erase(rest, 1);
    CAPTURE(path);
    const auto& answers = openapi.at("paths").at(path).at("get").at("responses").as_object();
    CHECK(answers.contains("303") == route.is_page);
    if (route.is_page) ++pages;
  }
  CHECK(pages > 5);
}

TEST_CASE("What a described path names are parameters of each of its operations") {
  const auto openapi = description("openapi.json");
  for (const auto& path : openapi.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      INFO(std::string(operation.key()) << " " << std::string(path.key()));
      CHECK(path_parameters(openapi, operation.value()) == parameters_in(path.key()));
    }
  }
}

TEST_CASE("Every reference in the descriptions leads somewhere") {
  for (const auto* name : {"openapi.json", "asyncapi.json"}) {
    const auto document = description(name);
    check_references(document, document);
  }
}

TEST_CASE("The descriptions know every code that an error may have, and no other") {
  Names codes;
  for (const auto reason : named_reasons())
    codes.insert(std::string(name_of(reason)));
  CHECK(codes_in(description("openapi.json")) == codes);
  CHECK(codes_in(description("asyncapi.json")) == codes);
}

TEST_CASE("The descriptions know every code that a camera's trouble may have") {
  for (const auto* name : {"openapi.json", "asyncapi.json"}) {
    const auto document = description(name);
    const auto& field = document.at("components").at("schemas").at("Camera").at("properties");
    Names codes;
    for (const auto& code : field.at("problem").at("enum").as_array())
      codes.insert(std::string(code.as_string()));
    for (const auto code : capture::named_trouble_codes())
      codes.insert(std::string(capture::name_of(code)));
    Names described;
    for (const auto& code : field.at("code").at("enum").as_array())
      described.insert(std::string(code.as_string()));
    CHECK(described == codes);
  }
}

TEST_CASE("The descriptions know every code of what may be wrong with the certificate") {
  using tls::CertificateTrouble;
  const Names codes = {std::string(name_of(CertificateTrouble::not_valid_yet)),
                       std::string(name_of(CertificateTrouble::expires_soon)),
                       std::string(name_of(CertificateTrouble::expired)),
                       std::string(name_of(CertificateTrouble::not_renewed))};
  for (const auto* name : {"openapi.json", "asyncapi.json"}) {
    const auto document = description(name);
    const auto& status = document.at("components").at("schemas").at("Status").at("properties");
    Names described;
    for (const auto& code :
         status.at("certificate").at("properties").at("code").at("enum").as_array())
      described.insert(std::string(code.as_string()));
    CHECK(described == codes);
  }
}

TEST_CASE("Commands that are described are understood, and those that are understood described") {
  const auto asyncapi = description("asyncapi.json");
  Names described;
  for (const auto& message : asyncapi.at("components").at("messages").as_object()) {
    if (!message.key().starts_with("command_")) continue;
    const auto& command = message.value().at("payload").at("properties").at("command");
    described.insert(std::string(command.at("const").as_string()));
    for (const auto& example : message.value().at("examples").as_array()) {
      const auto parsed = api::parse_command(json::serialize(example.at("payload")));
      INFO(parsed.mistake);
      CHECK(parsed.command.has_value());
    }
  }
  Names known;
  for (const auto name : api::command_names())
    known.insert(std::string(name));
  CHECK(described == known);
}

TEST_CASE("The descriptions are of this version") {
  for (const auto* name : {"openapi.json", "asyncapi.json"}) {
    const auto document = description(name);
    const std::string version(document.at("info").at("version").as_string());
    CHECK(std::string_view(kVersion).starts_with(version));
  }
}
