// Pages of other sites, and whoever tries to be taken for one of ours.
#include "integration/http/attacks.hpp"

namespace minidvr::test {
namespace {

std::string to_host(const std::string& host) {
  return "GET /status HTTP/1.1\r\nHost:" + host + "\r\n\r\n";
}

std::string of_page(const std::string& line, const std::string& headers) {
  return line + " HTTP/1.1\r\nHost: localhost:8080\r\n" + headers + with_length(kStop) + "\r\n" +
         kStop;
}

}  // namespace

std::vector<Attack> rebound_names() {
  std::vector<Attack> list = {
      {to_host(" 127.0.0.1:99999"), k400, "", true},
      {to_host(" 127.0.0.1:8080:8080"), k400, "", true},
      {to_host(" 127.0.0.1 evil.example"), k400, "", true},
      {to_host(" 127.0.0.1\tevil.example"), k400, "", true},
      {to_host(" 127.0.0.1, evil.example"), k400, "", true},
      {to_host(" 127.0.0.1@evil.example"), k400, "", true},
      {to_host(" evil.example#localhost"), k400, "", true},
      {to_host(" evil.example/localhost"), k400, "", true},
      {to_host(" evil.example%00.local"), k400, "", true},
      {to_host(" \xd0\xb5vil.local"), k400, "", true},
      {to_host(" localhost\r\n evil.example"), k400, "", true},
      {to_host(" evil..local"), k421, ""},
      {to_host(" .local"), k421, ""},
      {to_host(" 127.1"), k421, ""},
      {to_host(" 2130706433.example"), k421, ""},
      {to_host(" 127.0.0.1.nip.example"), k421, ""},
      {to_host(" localhost.evil.example"), k421, ""},
      {to_host(" localhost\r\nHost: evil.example"), k400, "", true},
      {to_host(" evil.example\r\nHost: localhost"), k400, "", true},
      {"GET /status HTTP/1.1\r\nHost : localhost\r\n\r\n", k400, "", true},
      {"GET /status HTTP/1.1\r\n\r\n", k400, "the Host header is missing", true},
      {"GET /status HTTP/1.0\r\nHost: evil.example\r\n\r\n", k421, "", true},
      {"GET http://evil.example/status HTTP/1.1\r\nHost: localhost\r\n\r\n", k400, "", true},
      {"GET http://localhost/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", k400, "", true},
      {"GET http://localhost:1/status HTTP/1.1\r\nHost: localhost:2\r\n\r\n", k400, "", true},
      {"GET http://evil.example/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", k421, ""},
      {"GET http://evil.example/status HTTP/1.1\r\nHost:\r\n\r\n", k421, ""},
      {"GET http://evil.example/status HTTP/1.0\r\n\r\n", k421, "", true},
      {"GET /status HTTP/1.1\r\n Host: localhost\r\n\r\n", k400, "", true},
      // Our own names, in all their forms.
      {to_host("\t 127.0.0.1:8080 \t"), kOk, ""},
      {to_host(" [::1]:8080"), kOk, ""},
      {to_host(" [fe80::1%25eth0]:8080"), kOk, ""},
      {to_host(" LOCALHOST.:1"), kOk, ""},
      {to_host(""), kOk, ""},
      {"GET http://localhost:8080/status HTTP/1.1\r\nHost: LocalHost:8080\r\n\r\n", kOk, ""},
      {"GET http://localhost/status HTTP/1.0\r\n\r\n", kOk, "", true},
      {"GET /status HTTP/1.0\r\n\r\n", kOk, "", true},
  };
  for (const std::string target :
       {"/", "/static/js/main.js", "/status", "/health", "/snapshot", "/stream", "/api/controls",
        "/api/presets/x", "/recordings/x.mp4", "/api/recording", "/ws", "/metrics", "/nothing",
        "*"}) {
    for (const std::string method : {"GET", "OPTIONS", "POST", "PUT", "DELETE", "BREW"}) {
      list.push_back({method + " " + target + " HTTP/1.1\r\nHost: rebound.example:8080\r\n" +
                          with_length(kStop) + "\r\n" + kStop,
                      k421, ""});
    }
  }
  return list;
}

std::vector<Attack> foreign_pages() {
  const std::string other_port = "Origin: http://localhost:3000\r\n";
  const std::string cross_site = "Sec-Fetch-Site: cross-site\r\n";
  const std::string navigates = cross_site + "Sec-Fetch-Mode: navigate\r\n";
  std::vector<Attack> list = {
      {of_page("POST /api/recording", other_port), k403, ""},
      {of_page("PUT /api/presets/x", other_port), k403, ""},
      {of_page("DELETE /api/presets/x", other_port), k403, ""},
      {of_page("POST /api/controls/reset", other_port), k403, ""},
      {of_page("POST /api/controls/gain", other_port), k403, ""},
      {of_page("DELETE /api/recordings/x.mp4", other_port), k403, ""},
      {of_page("POST /nothing", other_port), k403, ""},
      {of_page("PATCH /status", other_port), k403, ""},
      {of_page("GET /status", other_port), k403, ""},
      {of_page("POST /api/recording", "Origin: http://evil.example\r\n"), k403,
       "a page of 'http://evil.example' made this request, and only one of 'localhost:8080' may; "
       "to let its pages ask, add http://evil.example to the setting allowed_origins; a proxy must "
       "pass the Host header on as it came, with its port"},
      {of_page("POST /api/recording", "Origin: null\r\n"), k403, ""},
      {of_page("POST /api/recording", "Origin: https://localhost:80800\r\n"), k403, ""},
      {of_page("POST /api/recording", "Origin: http://localhost:8080.evil.example\r\n"), k403, ""},
      {of_page("POST /api/recording", "Origin: http://localhost:8080@evil.example\r\n"), k403, ""},
      {of_page("POST /api/recording", "Origin: http://localhost:8080\r\n" + other_port), k403, ""},
      // A form of an old browser that sends no Origin, but says whose it is.
      {of_page("POST /api/recording", "Sec-Fetch-Site: same-site\r\n"), k403, ""},
      {of_page("POST /api/recording", cross_site), k403, ""},
      {of_page("POST /api/recording", "sec-fetch-site: CROSS-SITE\r\n"), k403, ""},
      {of_page("POST /api/recording", "Sec-Fetch-Site: none\r\n" + cross_site), k403, ""},
      {of_page("POST /", navigates), k403, ""},
      {get_request("/", cross_site + "Sec-Fetch-Mode: no-cors\r\n"), k403, ""},
      {get_request("/snapshot", navigates), k403, ""},
      {get_request("/", navigates), kOk, ""},  // a link to the dashboard
      {get_request("/stream", cross_site + "Sec-Fetch-Mode: no-cors\r\n"), k403, ""},
      {get_request("/static/js/main.js", cross_site + "Sec-Fetch-Mode: no-cors\r\n"), k403, ""},
      // A form may say that its body is plain text, so that the browser does not ask before.
      {of_page("POST /api/recording", "Content-Type: text/plain\r\n"), k415, ""},
      {of_page("POST /api/recording", "Content-Type: multipart/form-data\r\n"), k415, ""},
      {of_page("POST /api/recording", "Content-Type: application/x-www-form-urlencoded\r\n"), k415,
       ""},
  };
  for (const std::string name : {"X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"}) {
    const std::string value = name == "Forwarded" ? "host=" : "";
    list.push_back({to_host(" evil.example\r\n" + name + ": " + value + "localhost"), k421, ""});
    // Forwarded says that somebody else asks, and not who.
    list.push_back({to_host(" localhost\r\n" + name + ": " + value + "evil.example"),
                    name == "Forwarded" ? k403 : kOk, ""});
  }
  return list;
}

}  // namespace minidvr::test
