// Request lines, targets and headers that are no HTTP, or could mean two things.
#include "integration/http/attacks.hpp"

namespace minidvr::test {
namespace {

std::string line(const std::string& text) {
  return text + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

std::string with(const std::string& header) {
  return get_request("/status", header + "\r\n");
}

}  // namespace

std::vector<Attack> odd_request_lines() {
  const std::string method = "the method is malformed";
  const std::string target = "the target is malformed";
  const std::string version = "the HTTP version must be 1.0 or 1.1";
  const std::string get_only = "allowed here: GET, HEAD, OPTIONS";
  return {
      {"\r\n\r\n", k400, method, true},
      {"nonsense\r\n\r\n", k400, method, true},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 13), k400, method, true},
      {std::string("\0\0\0\0\r\n\r\n", 8), k400, method, true},
      {"GET\r\n\r\n", k400, method, true},
      {"G@T / HTTP/1.1\r\nHost: test\r\n\r\n", k400, method, true},
      {" GET / HTTP/1.1\r\nHost: test\r\n\r\n", k400, method, true},
      {"GET  / HTTP/1.1\r\nHost: test\r\n\r\n", k400, target, true},
      {"GET\t/ HTTP/1.1\r\nHost: test\r\n\r\n", k400, method, true},
      {"GET /\r\n\r\n", k400, target, true},
      {"GET / HTTP/0.9\r\n\r\n", k400, version, true},
      {"GET / HTTP/2.0\r\nHost: test\r\n\r\n", k400, version, true},
      {"GET / HTTP/11\r\nHost: test\r\n\r\n", k400, version, true},
      {"GET / http/1.1\r\nHost: test\r\n\r\n", k400, version, true},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", k400, version, true},
      {"GET / HTTP/1.1 \r\nHost: test\r\n\r\n", k400, version, true},
      {"GET / HTTP/1.1\nHost: test\n\n", k400, version, true},
      {"GET /status HTTP/1.1\r\nHost: te", k400, "the request ended early", true},
      {line("POST /status"), k405, get_only},
      {line("DELETE /status"), k405, get_only},
      {line("TRACE /status"), k405, get_only},
      {line("TRACK /status"), k405, get_only},
      {line("DEBUG /status"), k405, get_only},
      {line("PROPFIND /recordings/"), k405, get_only},
      {line("BREW /status"), k405, get_only},
      {line("get /status"), k405, get_only},
      {line("CONNECT test:443"), k405,
       "allowed here: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
      {line("GET /api/recording"), k405, "allowed here: POST, OPTIONS"},
      {line("BREW /nothing"), k404, "there is nothing at /nothing"},
      {line("PUT /static/js/main.js"), k405, get_only},
      {get_request("/status", "X-HTTP-Method-Override: DELETE\r\n"), kOk, ""},
      {line("OPTIONS *"), kNoContent, ""},
      {line("OPTIONS /status"), kNoContent, ""},
  };
}

std::vector<Attack> traversals() {
  const std::string forms =
      "the target must be a path such as /status, a URL such as http://host/status, or *";
  const std::string control = "the target has a control character";
  const std::string not_utf8 = "the target is not UTF-8";
  const std::string dots = "the target has a . or .. segment";
  const std::string slash = "the target has an encoded slash";
  const std::string percent =
      "the target has a character that must be percent-encoded, or a % without two hexadecimal "
      "digits";
  return {
      {get_request("status"), k400, forms, true},
      {get_request("ftp://test/status"), k400, forms, true},
      {get_request("file:///etc/passwd"), k400, forms, true},
      {get_request("http:///status"), k400, forms, true},
      {get_request("http://a@test/status"), k400, forms, true},
      {get_request("http://test:99999/status"), k400, forms, true},
      {get_request("/.//evil.example/status"), k400, dots, true},
      {get_request("test:8080"), k400, forms, true},
      {get_request("/%"), k400, percent, true},
      {get_request("/%4"), k400, percent, true},
      {get_request("/%zz"), k400, percent, true},
      {get_request("/%u002e%u002e/x"), k400, percent, true},
      {get_request("/%00"), k400, control, true},
      {get_request("/static/js/main.js%00.png"), k400, control, true},
      {get_request("/%0d%0aSet-Cookie:x"), k400, control, true},
      {get_request("/status?a=%0d%0aSet-Cookie:x"), k400, control, true},
      {get_request("/%c0%ae%c0%ae/"), k400, not_utf8, true},
      {get_request("/%c0%af%c0%af/etc/passwd"), k400, not_utf8, true},
      {get_request("/%e0%80%af"), k400, not_utf8, true},
      {get_request("/%ed%a0%80"), k400, not_utf8, true},
      {get_request("/%f4%90%80%80"), k400, not_utf8, true},
      {get_request("/static/../app/main.cpp"), k400, dots, true},
      {get_request("/../../etc/passwd"), k400, dots, true},
      {get_request("/static/%2e%2e/%2e%2e/etc/passwd"), k400, dots, true},
      {get_request("/static/.%2e/x"), k400, dots, true},
      {get_request("/./status"), k400, dots, true},
      {get_request("http://test/static/../status"), k400, dots, true},
      {get_request("/static/..%2f..%2fetc/passwd"), k400, slash, true},
      {get_request("/recordings/..%2F..%2Fetc%2Fpasswd"), k400, slash, true},
      {get_request("/static/\\..\\x"), k400, percent, true},
      {get_request("/a|b"), k400, percent, true},
      {get_request("/<script>"), k400, percent, true},
      {get_request("/status#top"), k400, "the target has a fragment", true},
      {get_request("/status?a=%"), k400, percent, true},
      {get_request("/%252e%252e/%252e%252e/etc/passwd"), k404,
       "there is nothing at /%2e%2e/%2e%2e/etc/passwd"},
      {get_request("/static/..%5c..%5cx"), k404, "there is nothing at /static/..\\..\\x"},
      {get_request("/static/"), k404, "there is nothing at /static/"},
      {get_request("/static/.git/config"), k404, ""},
      {get_request("/static/nothing.js"), k404, "there is nothing at /static/nothing.js"},
      {get_request("/nothing"), k404, "there is nothing at /nothing"},
      {get_request("//status"), k404, "there is nothing at //status"},
      {get_request("//evil.example/status"), k404, "there is nothing at //evil.example/status"},
      {get_request("/status/"), k404, "there is nothing at /status/"},
      {get_request("/STATUS"), k404, "there is nothing at /STATUS"},
      {get_request("/%3Cscript%3E"), k404, "there is nothing at /<script>"},
      {get_request("/recordings/%20"), k404, ""},
      {get_request("/recordings/.partial"), k404, ""},
      {get_request("/recordings/index.cache"), k404, ""},
      {get_request("/recordings/-rf.mp4"), k404, ""},
      {get_request("/clips/..mp4"), k404, ""},
      {get_request("/api/recordings/20261124_101000.json"), k404, ""},
      {get_request("/api/frames?from=$(id)&to=$(id)"), k400, ""},
      {get_request("/stream?fps=1e999"), k400, ""},
      {get_request("/stream?fps=-1"), k400, ""},
      {get_request("http://test/status"), kOk, ""},
      {get_request("*"), k405, "allowed here: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
  };
}

std::vector<Attack> odd_headers() {
  const std::string many(8200, 'a');
  const std::string name = "the name of a header is malformed";
  const std::string value = "the value of a header is malformed";
  const std::string host = "the Host header is malformed: the host is not a name or an address";
  const std::string too_large = "the headers are too large; allowed are 8 KiB";
  std::string lines;
  for (int i = 0; i < 1000; ++i)
    lines += "X: 12345\r\n";
  return {
      {"GET /status HTTP/1.1\r\nHost: a b\r\n\r\n", k400, host, true},
      {"GET /status HTTP/1.1\r\nHost: a;script-src *\r\n\r\n", k400, host, true},
      {with("Host: other"), k400, "there is more than one Host header", true},
      {with("No colon"), k400, name, true},
      {with(": no name"), k400, name, true},
      {with("Name : value"), k400, name, true},
      {with("Na\"me: value"), k400, name, true},
      {with(std::string("X\0: value", 9)), k400, name, true},
      {with(std::string("X: a\0b", 6)), k400, value, true},
      {with("X: a\x01"
            "b"),
       k400, value, true},
      {with("X: a\x7f"), k400, value, true},
      {with("X: a\rb"), k400, "a header line does not end with CR LF", true},
      {with("X: a\nY: b"), k400, value, true},
      {with("Connection: ,=,"), k400, value, true},
      {with("X: " + many), k431, too_large, true},
      {with(lines), k431, too_large, true},
      {get_request("/" + many), k431, too_large, true},
      {get_request("/status?" + many), k431, too_large, true},
      {many + many, k431, too_large, true},
      {with("Cookie: " + std::string(8000, ';')), kOk, ""},
      {with("Range: bytes=0-0,1-1,2-2,3-3"), kOk, ""},
      {with("If-None-Match: *"), kOk, ""},
      {with("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings"), kOk, ""},
      {with("Transfer-Encoding : chunked"), k400, name, true},
      {with("Expect: 100-continue"), kOk, ""},
      {with("Connection: close"), kOk, "", true},
      {with("Connection: close, Host"), kOk, "", true},
  };
}

}  // namespace minidvr::test
