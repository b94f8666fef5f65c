// Certificates that are made here, looked at with openssl; and pairs that are of no use.
#include "tls/certificate.hpp"

#include "core/file.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"
#include "tls/self_signed.hpp"
#include "tls/server_pair.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
using namespace std::chrono_literals;

namespace {

using Catch::Matchers::Contains;

const std::vector<std::string> kNames = {"dvr", "dvr.local", "192.168.1.5", "fd00::5"};
const WallTime kNow = std::chrono::system_clock::now();

tls::SelfSigned made(WallTime now = kNow, std::chrono::days life = std::chrono::days(825)) {
  return tls::make_self_signed(kNames, life, now).value();
}

// What it prints, and whether it ended well.
struct Openssl {
  std::string text;
  bool ok = false;
};

Openssl openssl(const std::string& arguments) {
  std::FILE* pipe = ::popen(("openssl " + arguments + " 2>&1").c_str(), "r");
  Openssl result;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;)
    result.text += static_cast<char>(c);
  result.ok = ::pclose(pipe) == 0;
  return result;
}

class PairFolder : public TemporaryFolder {
 public:
  PairFolder() { put(made()); }
  void put(const tls::SelfSigned& pair) const {
    write("certificate", pair.certificate);
    write("key", pair.key);
  }
  tls::PairFiles files() const { return {path() / "certificate", path() / "key"}; }
  std::string certificate() const { return (path() / "certificate").string(); }
  std::string problem() const {
    const auto pair = tls::read_server_pair(files());
    return pair ? std::string() : pair.error().detail;
  }
};

}  // namespace

TEST_CASE("A certificate that is made is one that openssl takes, for a server of those names") {
  const PairFolder folder;
  const auto& file = folder.certificate();
  const auto verified =
      openssl("verify -x509_strict -purpose sslserver -CAfile " + file + " " + file);
  INFO(verified.text);
  CHECK(verified.ok);
  for (const auto* name :
       {"-checkhost dvr", "-checkhost dvr.local", "-checkip 192.168.1.5", "-checkip fd00::5"}) {
    CHECK_THAT(openssl("x509 -noout -in " + file + " " + name).text, !Contains("NOT match"));
  }
  CHECK_THAT(openssl("x509 -noout -in " + file + " -checkhost elsewhere").text,
             Contains("NOT match"));
  const auto text = openssl("x509 -noout -text -in " + file).text;
  CHECK_THAT(text, Contains("prime256v1"));
  CHECK_THAT(text, Contains("ecdsa-with-SHA256"));
}

TEST_CASE("Who steals the key of a certificate that is made can pass for nobody else") {
  const PairFolder folder;
  const auto in = [&](const std::string& name) { return (folder.path() / name).string(); };
  REQUIRE(
      openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=thief -keyout " +
              in("thief.key") + " -out " + in("request"))
          .ok);
  const auto verified = [&](const std::string& name) {
    folder.write("extensions", "subjectAltName=" + name);
    REQUIRE(openssl("x509 -req -in " + in("request") + " -CA " + folder.certificate() + " -CAkey " +
                    in("key") + " -CAcreateserial -days 1 -extfile " + in("extensions") + " -out " +
                    in("thief.pem"))
                .ok);
    return openssl("verify -CAfile " + folder.certificate() + " " + in("thief.pem"));
  };
  CHECK(verified("DNS:dvr.local").ok);  // who has the key has these anyway
  for (const auto* name : {"DNS:bank.example", "IP:192.168.1.6", "IP:fd00::6"})
    CHECK_THAT(verified(name).text, Contains("permitted subtree violation"));
}

TEST_CASE("What a certificate says is read as openssl reads it") {
  const PairFolder folder;
  const auto certificate = tls::read_certificate(folder.files().certificate).value();
  CHECK(certificate.names() == kNames);
  CHECK_THAT(openssl("x509 -noout -fingerprint -sha256 -in " + folder.certificate()).text,
             Contains("=" + certificate.fingerprint() + "\n"));
  CHECK(certificate.valid_from() < kNow);
  CHECK(certificate.valid_until() > kNow + std::chrono::days(824));
  CHECK(certificate.valid_until() < kNow + std::chrono::days(826));
  CHECK(certificate.is_for("dvr.local"));
  CHECK(certificate.is_for("DVR"));
  CHECK(certificate.is_for("fd00:0::5"));
  CHECK_FALSE(certificate.is_for("dvr.example.org"));
  CHECK_FALSE(certificate.is_for("192.168.1.6"));
}

TEST_CASE("Two certificates have different keys and numbers") {
  const auto one = made();
  const auto other = made();
  CHECK(one.key != other.key);
  const PairFolder folder;
  folder.put(one);
  const auto first = openssl("x509 -noout -serial -in " + folder.certificate()).text;
  folder.put(other);
  CHECK(openssl("x509 -noout -serial -in " + folder.certificate()).text != first);
}

TEST_CASE("A certificate's times are told when they are, or soon will be, over, or not yet begun") {
  const auto trouble_in = [](std::chrono::days life, WallTime at) {
    const auto certificate = tls::Certificate::parse(made(kNow, life).certificate).value();
    return tls::trouble_with_times(certificate, at);
  };
  CHECK(trouble_in(std::chrono::days(30), kNow).empty());
  CHECK_THAT(trouble_in(std::chrono::days(13), kNow),
             Contains("it expires on " + tls::day_of(kNow + std::chrono::days(13))));
  CHECK_THAT(trouble_in(std::chrono::days(1), kNow + std::chrono::days(2)),
             Contains("it expired on "));
  CHECK_THAT(trouble_in(std::chrono::days(30), kNow - std::chrono::days(10)),
             Contains("it is valid from "));
}

TEST_CASE("A certificate that is good for longer than any clock here can tell has no trouble") {
  for (const int days : {36'500, 99'999, 2'900'000}) {  // to 2126, 2300, 9966
    CAPTURE(days);
    const auto made_here = made(kNow, std::chrono::days(days));
    const auto certificate = tls::Certificate::parse(made_here.certificate).value();
    CHECK(tls::trouble_with_times(certificate, kNow).empty());
    CHECK(certificate.valid_until() > kNow + std::chrono::days(36'499));
  }
}

TEST_CASE("A name that can not stand in a certificate is refused, and said") {
  const auto result = tls::make_self_signed({std::string(200, 'x')}, std::chrono::days(1), kNow);
  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().detail, Contains("no certificate can be made for xxx"));
}

TEST_CASE("This machine has names, and no address of one link alone") {
  const auto names = tls::own_names();
  CHECK(std::find(names.begin(), names.end(), "localhost") != names.end());
  CHECK(std::find(names.begin(), names.end(), "127.0.0.1") != names.end());
  for (const auto& name : names)
    CHECK_FALSE(name.starts_with("fe80:"));
}

TEST_CASE("A pair is read; one that is of no use is told by its setting, and by nothing secret") {
  const PairFolder folder;
  CHECK(folder.problem().empty());
  const auto fine = made();

  SECTION("expired is not of no use") {
    folder.put(made(kNow - std::chrono::days(400), std::chrono::days(300)));
    CHECK(folder.problem().empty());
  }
  SECTION("no certificate") {
    std::filesystem::remove(folder.files().certificate);
    CHECK(folder.problem() ==
          "the file of tls_certificate can not be read: No such file or directory");
  }
  SECTION("no key") {
    std::filesystem::remove(folder.files().key);
    CHECK(folder.problem() == "the file of tls_key can not be read: No such file or directory");
  }
  SECTION("a folder") {
    std::filesystem::remove(folder.files().key);
    std::filesystem::create_directory(folder.files().key);
    CHECK_THAT(folder.problem(), Contains("the file of tls_key"));
    CHECK_THAT(folder.problem(), Contains("Is a directory"));
  }
  SECTION("something else") {
    folder.write("certificate", "fnord17");
    CHECK(folder.problem() ==
          "the file of tls_certificate is of no use: it holds no certificate "
          "in the form PEM");
    folder.put(fine);
    folder.write("key", "fnord17");
    CHECK(folder.problem() ==
          "the file of tls_key is of no use: it holds no private key in the form PEM");
  }
  SECTION("half a certificate") {
    folder.write("certificate", fine.certificate.substr(0, fine.certificate.size() / 2));
    CHECK_THAT(folder.problem(), Contains("no certificate in the form PEM"));
  }
  SECTION("one that vouches for it is damaged") {
    folder.put(fine);
    folder.write(
        "certificate",
        fine.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    CHECK_THAT(folder.problem(), Contains("the file of tls_certificate is of no use: "));
  }
  SECTION("the key of another one") {
    folder.write("key", fine.key);
    CHECK(folder.problem() ==
          "the file of tls_key is of no use: it is not the key of the "
          "certificate in tls_certificate");
  }
  SECTION("a key that a passphrase protects") {
    const auto key = folder.files().key.string();
    REQUIRE(openssl("pkey -in " + key + " -aes256 -passout pass:fnord17 -out " + key + ".new").ok);
    std::filesystem::rename(key + ".new", key);
    CHECK_THAT(folder.problem(), Contains("a passphrase protects the key"));
  }
  SECTION("a key that is too weak") {
    const auto key = folder.files().key.string();
    REQUIRE(openssl("req -x509 -newkey rsa:1024 -nodes -subj /CN=dvr -days 1 -keyout " + key +
                    " -out " + folder.certificate())
                .ok);
    CHECK_THAT(folder.problem(), Contains("the file of tls_certificate is of no use: "));
  }
  SECTION("endless") {
    std::filesystem::remove(folder.files().key);
    std::filesystem::create_symlink("/dev/zero", folder.files().key);
    CHECK_THAT(folder.problem(), Contains("the file of tls_key is larger than "));
  }
  CHECK(folder.problem().find("fnord17") == std::string::npos);
  CHECK(folder.problem().find(folder.path().string()) == std::string::npos);
}

TEST_CASE("A chain is read whole: a certificate that another one vouches for") {
  const PairFolder folder;
  const auto in = [&](const std::string& name) { return (folder.path() / name).string(); };
  REQUIRE(openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=root "
                  "-days 2 -keyout " +
                  in("root.key") + " -out " + in("root.pem"))
              .ok);
  REQUIRE(openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=dvr -keyout " +
                  in("key") + " -out " + in("request"))
              .ok);
  REQUIRE(openssl("x509 -req -in " + in("request") + " -CA " + in("root.pem") + " -CAkey " +
                  in("root.key") + " -CAcreateserial -days 1 -out " + in("leaf.pem"))
              .ok);
  folder.write("certificate", folder.read("leaf.pem") + folder.read("root.pem"));
  CHECK(folder.problem().empty());
}
