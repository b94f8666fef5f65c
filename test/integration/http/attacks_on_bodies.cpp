// Requests within requests: whoever is answered twice, or takes a body for a request, has lost.
#include "integration/http/attacks.hpp"

namespace minidvr::test {

std::vector<Attack> smuggled_requests() {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string chunked = json + "Transfer-Encoding: chunked\r\n";
  const std::string length =
      "the Content-Length is not one number, or stands beside a Transfer-Encoding";
  const std::string encoding =
      "the Transfer-Encoding must be 'chunked', once, without a Content-Length";
  const std::string chunk = "the chunked body is malformed";
  const std::string too_large = "the body is too large; allowed are 64 KiB";
  const std::string value = "the value of a header is malformed";
  // What must never be taken for a request.
  const std::string hidden = post_request(json + with_length(kStop), kStop);
  return {
      {post_request("Content-Length: x\r\n", ""), k400, length, true},
      {post_request("Content-Length: -1\r\n", hidden), k400, length, true},
      {post_request("Content-Length: +2\r\n", "{}" + hidden), k400, length, true},
      {post_request("Content-Length: 0x2\r\n", "{}" + hidden), k400, length, true},
      {post_request("Content-Length: 2, 2\r\n", "{}" + hidden), k400, length, true},
      {post_request("Content-Length: 2 2\r\n", "{}" + hidden), k400, length, true},
      {post_request("Content-Length: 2.0\r\n", "{}" + hidden), k400, length, true},
      {post_request("Content-Length:\r\n", hidden), k400, length, true},
      {post_request("Content-Length: 99999999999999999999\r\n", ""), k400, length, true},
      {post_request("Content-Length: 18446744073709551616\r\n", ""), k400, length, true},
      {post_request("Content-Length : 0\r\n", hidden), k400, "the name of a header is malformed",
       true},
      {post_request("Content-Length: 2\r\nContent-Length: 2\r\n", "{}" + hidden), k400,
       "there are several Content-Length headers", true},
      {post_request("Content-Length: 2\r\nContent-Length: 3\r\n", "{}" + hidden), k400,
       "there are several Content-Length headers", true},
      {post_request(
           "Content-Length: 0\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n",
           hidden),
       k400, "there are several Content-Length headers", true},
      {post_request("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
       k400, encoding, true},
      {post_request("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n" + hidden),
       k400, length, true},
      {post_request("Transfer-Encoding: gzip\r\n", "{}" + hidden), k400, encoding, true},
      {post_request("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + hidden), k400, encoding,
       true},
      {post_request("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + hidden), k400,
       encoding, true},
      {post_request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                    "0\r\n\r\n" + hidden),
       k400, encoding, true},
      {post_request("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + hidden), k400, encoding, true},
      {post_request("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + hidden), k400, encoding,
       true},
      {post_request("Transfer-Encoding: chunked\r\n , identity\r\n", "0\r\n\r\n" + hidden), k400,
       "", true},
      {post_request("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n" + hidden), k400,
       "the name of a header is malformed", true},
      {post_request("Transfer-Encoding: chunked\x0b\r\n", "0\r\n\r\n" + hidden), k400, value, true},
      {"POST /api/recording HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, k400,
       encoding, true},
      {post_request(chunked, "zz\r\n{}\r\n0\r\n\r\n"), k400, chunk, true},
      {post_request(chunked, "-2\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "+2\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "0x2\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, " 2\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "2\n{}\n0\n\n" + hidden), k400, chunk, true},
      {post_request(chunked, "2\r{}\r\n0\r\n\r\n" + hidden), k400,
       "a header line does not end with CR LF", true},
      {post_request(chunked, "2;a\n\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "2\r\n{}}}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "2\r\n{}\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "fffffffffffffffff\r\n"), k400, chunk, true},
      {post_request(chunked, "10000000000000002\r\n{}\r\n0\r\n\r\n" + hidden), k400, chunk, true},
      {post_request(chunked, "ffffff\r\n"), k413, too_large, true},
      {post_request(chunked, "2;x=" + std::string(20'000, 'y') + "\r\n{}\r\n0\r\n\r\n"), k400,
       chunk, true},
      {post_request("Content-Length: 65537\r\n", ""), k413, too_large, true},
      {post_request("Content-Length: 70000\r\n", std::string(70'000, 'x')), k413, too_large, true},
      {post_request("Content-Length: 100\r\n", "{}"), k400, "the request ended early", true},
      // What is in step is answered once, and what follows is a request of its own.
      {get_request("/status", with_length(hidden)) + hidden, kOk, ""},
      {post_request(json + with_length(hidden), hidden, "/status"), k405, ""},
      {post_request(json + with_length(hidden), hidden, "/nothing"), k404, ""},
      {post_request(json + with_length(hidden), hidden), k400, ""},
      {post_request(chunked, "2\r\n{}\r\n0\r\n\r\n"), k400, ""},
      {post_request(chunked, "2;x=\"y\"\r\n{}\r\n0\r\n\r\n"), k400, ""},
      // A line that goes on is one line.
      {post_request("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), k400, ""},
      {post_request("X: y\r\n Transfer-Encoding: chunked\r\n", ""), k400, ""},
      // What comes behind the body is no header: it could be that of a proxy.
      {post_request("Transfer-Encoding: chunked\r\n",
                    "2\r\n{}\r\n0\r\nContent-Type: text/plain\r\nHost: evil.example\r\n\r\n"),
       k400, ""},
  };
}

}  // namespace minidvr::test
