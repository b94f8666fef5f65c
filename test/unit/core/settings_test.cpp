#include "core/settings_sources.hpp"
#include "core/shown_url.hpp"
#include "unit/support/run_task.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace minidvr;

namespace {

using Arguments = std::vector<std::string>;

Result<LoadedSettings> load(const Arguments& arguments, const Arguments& environment = {}) {
  auto command_line = parse_command_line(arguments);
  if (!command_line) return command_line.error();
  return load_settings(*command_line, environment);
}

std::string error_of(const Arguments& arguments, const Arguments& environment = {}) {
  const auto loaded = load(arguments, environment);
  return loaded ? "" : loaded.error().detail;
}

bool is_one_line(const std::string& text) {
  return text.find('\n') == std::string::npos;
}

}  // namespace

TEST_CASE("without any source the defaults of the contract hold") {
  const auto loaded = load({});
  REQUIRE(loaded);
  const Settings& s = loaded->settings;
  CHECK(s.app_host == "0.0.0.0");
  CHECK(s.app_port == 8080);
  CHECK(s.allowed_hosts.empty());
  CHECK(s.device == "/dev/video0");
  CHECK(s.resolution == Resolution{1280, 720});
  CHECK(s.fps == 30);
  CHECK(s.preview_host == "0.0.0.0");
  CHECK(s.preview_port == 8000);
  CHECK(s.stream_url == "http://127.0.0.1:8000/stream");
  CHECK(s.stream_tls_verify);
  CHECK(s.preview);
  CHECK(s.recordings_dir.filename() == "recordings");
  CHECK(s.segment_seconds == std::chrono::seconds(600));
  CHECK(s.segment_align);
  CHECK(s.record_at_start == RecordAtStart::resume);
  CHECK(s.state_dir == s.recordings_dir / ".state");
  CHECK(s.frame_buffer_mb == 64);
  CHECK(s.max_age_days == 7);
  CHECK(s.max_size == 0);
  CHECK_FALSE(s.min_free.has_value());
  CHECK_FALSE(s.mark_protects);
  CHECK(s.controls_cache_ttl.count() == 1.0);
  CHECK(s.remember_controls);
  CHECK(s.log_level == log::Level::info);
  CHECK(s.ustreamer_bin == "ustreamer");
  CHECK(s.ffmpeg_bin == "ffmpeg");
  CHECK(s.v4l2_ctl_bin == "v4l2-ctl");
  CHECK(s.ustreamer_args.empty());
}

TEST_CASE("the stream is read from where ustreamer serves it") {
  const std::pair<std::string, std::string> hosts[] = {
      {"0.0.0.0", "http://127.0.0.1:8000/stream"},
      {"::", "http://[::1]:8000/stream"},
      {"127.0.0.2", "http://127.0.0.2:8000/stream"},
      {"::1", "http://[::1]:8000/stream"},
      {"192.168.1.7", "http://192.168.1.7:8000/stream"},
      {"fe80::1%lo", "http://[fe80::1%25lo]:8000/stream"},
      {"::ffff:127.0.0.1", "http://[::ffff:127.0.0.1]:8000/stream"}};
  for (const auto& [host, url] : hosts) {
    const auto loaded = load({"--preview-host", host});
    REQUIRE(loaded);
    CHECK(loaded->settings.stream_url == url);
    // It is also one that may be given.
    CHECK(load({"--stream-url", url}));
  }
  const auto given = load({"--preview-host", "127.0.0.2", "--stream-url", "http://camera/"});
  REQUIRE(given);
  CHECK(given->settings.stream_url == "http://camera/");
  const auto foreign =
      load({"--stream-url", "https://user:secret@camera/", "--stream-tls-verify=off"});
  REQUIRE(foreign);
  CHECK(foreign->settings.stream_url == "https://user:secret@camera/");
  CHECK_FALSE(foreign->settings.stream_tls_verify);
}

TEST_CASE("the later source wins: default, file, environment, option") {
  const test::TemporaryFile file("fps = 10\napp_port = 1000\nresolution = 640x480 # small\n");
  const Arguments environment{"MINIDVR_FPS=20", "MINIDVR_APP_PORT=2000", "HOME=/root"};
  const auto loaded = load({"--config", file.path(), "--fps", "25"}, environment);
  REQUIRE(loaded);
  CHECK(loaded->settings.fps == 25);
  CHECK(loaded->settings.app_port == 2000);
  CHECK(loaded->settings.resolution == Resolution{640, 480});
  CHECK(loaded->sources.at("fps") == "option --fps");
  CHECK(loaded->sources.at("app_port") == "environment variable MINIDVR_APP_PORT");
  CHECK(loaded->sources.at("resolution") == "config file " + file.path() + ", line 3");
  CHECK(loaded->sources.at("device") == "default");
}

TEST_CASE(
    "a command that names no config file reads the service's, where there is one, and says so") {
  const test::TemporaryFile service("app_port = 1000\n");
  const test::TemporaryFile other("app_port = 2000\n");
  const auto load_beside = [&](const Arguments& arguments, const std::string& service_config) {
    return load_settings(*parse_command_line(arguments), {}, service_config);
  };
  for (const char* command : {"status", "doctor", "cleanup", "passwd", "token", "--check-config"}) {
    CAPTURE(command);
    const auto found = load_beside({command}, service.path());
    REQUIRE(found);
    CHECK(found->settings.app_port == 1000);
    CHECK(found->hint == "with the settings of " + service.path());
    CHECK(load_beside({command, "--app-port", "81"}, service.path())->settings.app_port == 81);
    const auto named = load_beside({command, "--config", other.path()}, service.path());
    CHECK(named->settings.app_port == 2000);
    CHECK(named->hint.empty());
    for (const char* none : {"", "/no/such.conf"}) {
      const auto without = load_beside({command}, none);
      CHECK(without->settings.app_port == 8080);
      CHECK(without->hint.empty());
    }
  }
  CHECK(load_beside({}, service.path())->settings.app_port == 8080);
}

TEST_CASE(
    "a service's config file that can not be read is told, and not passed over by who changes") {
  const test::TemporaryFolder folder;  // that can be opened, and not read, also by root
  const auto load_beside = [&](const char* command) {
    return load_settings(*parse_command_line({command}), {}, folder.path());
  };
  for (const char* command : {"status", "doctor", "--check-config"}) {
    const auto loaded = load_beside(command);
    REQUIRE(loaded);
    CHECK(loaded->hint.starts_with("config file: cannot read " + folder.path().string()));
    CHECK(loaded->hint.find("the default settings are used") != std::string::npos);
  }
  for (const char* command : {"cleanup", "passwd", "token"})
    CHECK(load_beside(command).error().detail.starts_with("config file: cannot read "));
}

TEST_CASE("what --check-config prints is a config file with the same settings") {
  const auto loaded =
      load({"--ustreamer-args", "--quality '9 0' \"a\\\"b\"", "--preview=off", "--log-level",
            "DEBUG", "--record_at_start", "ON", "--recordings-dir", "/tmp/a b",
            "--controls-cache-ttl", "0.25", "--state-dir", "state", "--ffmpeg-bin", "bin/ffmpeg"});
  REQUIRE(loaded);
  const test::TemporaryFile file(describe(*loaded));
  const auto again = load({"--config", file.path()});
  REQUIRE(again);
  CHECK(again->settings.ustreamer_args == Arguments{"--quality", "9 0", "a\"b"});
  for (const auto& info : setting_table()) {
    CAPTURE(info.key);
    CHECK(info.show(again->settings) == info.show(loaded->settings));
  }
}

TEST_CASE("every default is a value that its own setting allows") {
  Settings settings;
  for (const auto& info : setting_table()) {
    CAPTURE(info.key);
    CHECK(info.read(settings, info.default_text));
    CHECK(info.show(settings) == info.default_text);
  }
}

TEST_CASE("a bad value is one line that names source, key, value and what is allowed") {
  struct Case {
    std::string key;
    std::string value;
    std::string allowed;
  };
  const std::string address = "an IPv4 or IPv6 address, such as 0.0.0.0, ::1 or fe80::1%eth0";
  const std::string port = "a port from 1 to 65535";
  const std::string size = "WIDTHxHEIGHT in pixels, from 16x16 to 15360x8640";
  const std::string url = "empty or an http:// or https:// URL";
  // On all machines: a file may be shared by several.
  const std::string frame_buffer = "a whole number from 4 to 65536";
  const std::string whole = ", without ~ or a quote before it";
  const Case cases[] = {
      {"app_port", "0", port},
      {"app_port", "65536", port},
      {"app_port", "-1", port},
      {"app_port", "80a", port},
      {"app_port", "", port},
      {"app_port", "0x50", port},
      {"app_port", "1e3", port},
      {"preview_port", "99999999999999999999", port},
      {"app_host", "localhost", address},
      {"app_host", "256.0.0.1", address},
      {"app_host", "", address},
      {"preview_host", "::1::", address},
      {"preview_host", "fe80::1", address},
      {"device", "", "a V4L2 device, such as /dev/video0, or 'virtual'"},
      {"device", "--help", "a V4L2 device, such as /dev/video0, or 'virtual'"},
      {"resolution", "1280", size},
      {"resolution", "1280x", size},
      {"resolution", "x720", size},
      {"resolution", "1280x720x3", size},
      {"resolution", "8x8", size},
      {"resolution", "99999x720", size},
      {"resolution", "-1280x720", size},
      {"fps", "0", "a whole number from 1 to 240"},
      {"fps", "29.97", "a whole number from 1 to 240"},
      {"fps", "241", "a whole number from 1 to 240"},
      {"fps", "fast", "a whole number from 1 to 240"},
      {"stream_url", "127.0.0.1:8000/stream", url},
      {"stream_url", "file:///etc/passwd", url},
      {"stream_url", "http://user:secret@127.0.0.1:x/stream", url},
      {"stream_url", "ftp://127.0.0.1/stream", url},
      {"stream_tls_verify", "maybe", "on or off"},
      {"stream_url", "http:///stream", url},
      {"stream_url", "http://127.0.0.1:99999/", url},
      {"preview", "maybe", "on or off"},
      {"segment_align", "2", "on or off"},
      {"segment_seconds", "0", "a whole number from 1 to 86400"},
      {"segment_seconds", "86401", "a whole number from 1 to 86400"},
      {"segment_seconds", "10m", "a whole number from 1 to 86400"},
      {"record_at_start", "always", "resume, on or off"},
      {"recordings_dir", "", "a folder" + whole},
      {"recordings_dir", "~/rec", "a folder" + whole},
      {"recordings_dir", "\"/tmp/x y\"", "a folder" + whole},
      {"state_dir", "'/tmp'", "empty or a folder" + whole},
      {"accounts_file", "~anna/accounts.json", "a file" + whole},
      {"accounts_file", "/", "a file" + whole},
      {"accounts_file", "/tmp", "a file" + whole},
      {"tls_certificate", "/tmp", "empty or a file" + whole},
      {"tls_key", "/no/such/folder/", "empty or a file" + whole},
      {"frame_buffer_mb", "3", frame_buffer},
      {"frame_buffer_mb", "-64", frame_buffer},
      {"frame_buffer_mb", "65537", frame_buffer},
      {"remember_controls", "maybe", "on or off"},
      {"controls_cache_ttl", "nan", "a number from 0 to 3600"},
      {"controls_cache_ttl", "inf", "a number from 0 to 3600"},
      {"controls_cache_ttl", "-1", "a number from 0 to 3600"},
      {"log_level", "loud", "error, warning, info or debug"},
      {"ffmpeg_bin", "", "a program's name or path" + whole},
      {"ffmpeg_bin", "~/bin/ffmpeg", "a program's name or path" + whole},
      {"v4l2_ctl_bin", "-x", "a program's name or path" + whole},
      {"ustreamer_args", "--quality '80", "words as a shell reads them, with all quotes closed"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.key, test.value);
    std::string variable = "MINIDVR_" + test.key;
    std::transform(variable.begin(), variable.end(), variable.begin(), ::toupper);
    const auto tail = ": " + test.key + " = '" + shown_url(test.value) +
                      "' is not allowed; allowed is " + test.allowed;
    CHECK(error_of({"--" + test.key + "=" + test.value}) == "option --" + test.key + tail);
    CHECK(error_of({}, {variable + "=" + test.value}) == "environment variable " + variable + tail);
    const test::TemporaryFile file("# first line\n" + test.key + " = " + test.value + "\n");
    CHECK(error_of({"--config", file.path()}) == "config file " + file.path() + ", line 2" + tail);
  }
}

TEST_CASE("unknown settings and malformed lines are told with their place") {
  CHECK(error_of({}, {"MINIDVR_FSP=3"})
            .starts_with(
                "environment variable MINIDVR_FSP: unknown setting 'fsp'; known are: app_host, "));
  const test::TemporaryFile unknown("fsp = 3\n");
  CHECK(error_of({"--config", unknown.path()})
            .starts_with("config file " + unknown.path() + ", line 1: unknown setting 'fsp'"));
  const test::TemporaryFile shapeless("\n\nfps 30\n");
  CHECK(error_of({"--config", shapeless.path()}) ==
        "config file " + shapeless.path() +
            ", line 3: 'fps 30' is not understood; allowed is 'key = value' or a # comment");
  const test::TemporaryFile nameless("= 30");
  CHECK(is_one_line(error_of({"--config", nameless.path()})));
  CHECK(error_of({"--config", "/nowhere/x.conf"}) ==
        "config file: cannot open /nowhere/x.conf: No such file or directory");
  for (const Arguments& wrong : {Arguments{"--fsp", "3"}, Arguments{"fps"}, Arguments{"--fps"},
                                 Arguments{"-x"}, Arguments{"--"}, Arguments{"--config"}}) {
    CAPTURE(wrong);
    if (wrong == Arguments{"--"}) continue;  // an end of options without anything behind it
    const auto error = error_of(wrong);
    CHECK(error.starts_with("command line: "));
    CHECK(is_one_line(error));
  }
}

TEST_CASE("control characters in a bad value do not break the line") {
  const auto error = error_of({"--fps=1\n2\x1b[31m"});
  CHECK(error ==
        "option --fps: fps = '1\\x0a2\\x1b[31m' is not allowed; allowed is a whole number "
        "from 1 to 240");
}

TEST_CASE("options may be written with dashes, and the config file with blanks and comments") {
  const test::TemporaryFile file("\r\n  fps=12   # slow\r\n\t# comment\nrecordings_dir = /a#b\n");
  const auto loaded = load({"--config=" + file.path(), "--app-port=81"});
  REQUIRE(loaded);
  CHECK(loaded->settings.fps == 12);
  CHECK(loaded->settings.app_port == 81);
  CHECK(loaded->settings.recordings_dir == "/a#b");
}

TEST_CASE("a config file may begin with a byte order mark, and a tab may lead to a comment") {
  const test::TemporaryFile file(
      "\xEF\xBB\xBF"
      "fps = 25\t# c\nrecordings_dir = /a#b \t#c #d\n");
  const auto loaded = load({"--config", file.path()});
  REQUIRE(loaded);
  CHECK(loaded->settings.fps == 25);
  CHECK(loaded->settings.recordings_dir == "/a#b");
}

TEST_CASE("the page and the preview do not get one port where both would listen there") {
  const Arguments same = {"--app-port", "8000", "--app-host"};
  const auto error_with = [&](const std::string& host, const Arguments& more) {
    auto arguments = same;
    arguments.push_back(host);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return error_of(arguments);
  };
  CHECK(error_with("0.0.0.0", {}) ==
        "option --app_port: app_port = '8000' is not allowed, as it is preview_port, too; allowed "
        "is another port, or preview = off");
  CHECK(error_with("127.0.0.1", {}).starts_with("option --app_port: "));
  CHECK(error_with("127.0.0.1", {"--preview-host", "::"}).starts_with("option --app_port: "));
  CHECK(error_with("::1", {"--preview-host", "::1", "--preview-port", "8000"})
            .starts_with("option --preview_port: preview_port = '8000' is not allowed"));
  CHECK(error_with("::1", {}).empty());
  CHECK(error_with("127.0.0.1", {"--preview-host", "127.0.0.2"}).empty());
  CHECK(error_with("0.0.0.0", {"--preview", "off"}).empty());
}

TEST_CASE("a path may hold ~ and quotes, but not begin with them") {
  const auto loaded = load({"--recordings-dir", "./~rec", "--ffmpeg-bin", "/opt/it's/ffmpeg"});
  REQUIRE(loaded);
  CHECK(loaded->settings.recordings_dir == "./~rec");
  CHECK(loaded->settings.ffmpeg_bin == "/opt/it's/ffmpeg");
}

TEST_CASE("a relative path in the file of the service begins where that is started, in /") {
  const test::TemporaryFile file(
      "recordings_dir = recordings\nstate_dir = ../state\naccounts_file = a.json\n"
      "ffmpeg_bin = bin/ffmpeg\nv4l2_ctl_bin = ctl\n");
  const auto status =
      load_settings(*parse_command_line({"status"}),
                    {"MINIDVR_TLS_KEY=k.pem", "MINIDVR_TLS_CERTIFICATE=c.pem"}, file.path());
  REQUIRE(status);
  CHECK(status->settings.recordings_dir == "/recordings");
  CHECK(status->settings.state_dir == "/../state");
  CHECK(status->settings.accounts_file == "/a.json");
  CHECK(status->settings.ffmpeg_bin == "/bin/ffmpeg");
  CHECK(status->settings.v4l2_ctl_bin == "ctl");
  // Whoever gives an option or the environment stands where he does so.
  CHECK(status->settings.tls_key == "k.pem");
  const auto other = load({"--config", file.path()});
  REQUIRE(other);
  CHECK(other->settings.accounts_file == "a.json");
  const test::TemporaryFile home("recordings_dir = ~/recordings\n");
  CHECK(!load_settings(*parse_command_line({"status"}), {}, home.path()));
}

TEST_CASE("a frame_buffer_mb is allowed also where its bytes can not be counted") {
  for (const std::size_t mebibytes : {std::size_t{2049}, std::size_t{4096}, std::size_t{65536}}) {
    CAPTURE(mebibytes);
    const auto loaded = load({"--frame-buffer-mb", std::to_string(mebibytes)});
    REQUIRE(loaded);
    CHECK(loaded->settings.frame_buffer_mb == mebibytes);
  }
}

TEST_CASE("of a bad value that can be no URL all is shown") {
  CHECK(error_of({"--fps", "25 # slow"}).find("fps = '25 # slow' is not allowed") !=
        std::string::npos);
  CHECK(error_of({"--stream-url", "host/stream?token=secret"}).find("secret") == std::string::npos);
  CHECK(error_of({"--stream-url", "user:secret@host"}).find("secret") == std::string::npos);
  CHECK(error_of({"--stream-url", "host/#secret"}).find("secret") == std::string::npos);
}

TEST_CASE("sizes are bytes, or K, M, G or T of them, and are shown as they would be written") {
  const std::pair<const char*, std::uint64_t> sizes[] = {{"0", 0},
                                                         {"5000000", 5'000'000},
                                                         {"1024k", 1 << 20},
                                                         {"500M", 500 << 20},
                                                         {"200G", 200ULL << 30},
                                                         {"3t", 3ULL << 40}};
  for (const auto& [text, bytes] : sizes) {
    CAPTURE(text);
    const auto loaded = load({"--max-size", text, "--min-free", text});
    REQUIRE(loaded);
    CHECK(loaded->settings.max_size == bytes);
    CHECK(loaded->settings.min_free == bytes);
  }
  CHECK(load({"--min-free", "1k"})->settings.min_free == 1024U);
  CHECK_FALSE(load({"--min-free", "AUTO"})->settings.min_free.has_value());
  const auto shown = [](const char* text) {
    const auto* info = find_setting("max_size");
    return info->show(load({"--max-size", text})->settings);
  };
  CHECK(shown("0") == "0");
  CHECK(shown("1048577") == "1048577");
  CHECK(shown("2048M") == "2G");
  CHECK(shown("1536M") == "1536M");
  for (const std::string text : {"", "G", "-1", "1.5G", "5 G", "5GB", "5GiB", "10%", "auto",
                                 "9223372036854775808", "8388608T", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(error_of({"--max-size=" + text}).find("500M or 200G") != std::string::npos);
    if (text != "auto")
      CHECK(error_of({"--min-free=" + text}).find("auto or") != std::string::npos);
  }
}

TEST_CASE("a max_size whose unit was forgotten is not taken for bytes: it would delete all") {
  for (const std::string text : {"1", "200", "63K", "65535"}) {
    CAPTURE(text);
    CHECK(error_of({"--max-size=" + text}) ==
          "option --max_size: max_size = '" + text +
              "' is not allowed; allowed is 0, or bytes from 64K on, as 500M or 200G (K, M, G, T: "
              "1024 each; none: bytes)");
  }
  CHECK(load({"--max-size", "64K"})->settings.max_size == 1U << 16);
}

TEST_CASE("what a command takes is allowed with it alone") {
  const auto cleanup = parse_command_line({"cleanup", "--dry-run", "--max-age-days=3"});
  REQUIRE(cleanup);
  CHECK(cleanup->command == Command::cleanup);
  CHECK(cleanup->dry_run);
  CHECK(load({"cleanup", "--max-age-days=3"})->settings.max_age_days == 3);
  const auto status = parse_command_line({"status", "--json"});
  REQUIRE(status);
  CHECK(status->command == Command::status);
  CHECK(status->json);
  CHECK(parse_command_line({"doctor", "--fps=25"})->command == Command::doctor);
  CHECK(parse_command_line({})->command == Command::run);
  CHECK(error_of({"--dry-run"}).find("with cleanup only") != std::string::npos);
  CHECK(error_of({"cleanup", "--json"}).find("with status only") != std::string::npos);
  for (const Arguments& wrong :
       {Arguments{"clean"}, Arguments{"--dry-run", "cleanup"}, Arguments{"cleanup", "cleanup"},
        Arguments{"cleanup", "now"}, Arguments{"status", "cleanup"}, Arguments{""}}) {
    CHECK_FALSE(parse_command_line(wrong));
  }
}

TEST_CASE("what tls takes is allowed with it alone, and it takes --self-signed") {
  const auto line = parse_command_line(
      {"tls", "--self-signed", "--host", "dvr", "--host=10.0.0.1", "--days", "30", "--force"});
  REQUIRE(line);
  CHECK(line->command == Command::tls);
  CHECK(line->hosts == std::vector<std::string>{"dvr", "10.0.0.1"});
  CHECK(line->days == 30U);
  CHECK(line->force);
  CHECK_FALSE(parse_command_line({"tls", "--self-signed"})->days);
  for (const Arguments& wrong : {Arguments{"--self-signed"}, Arguments{"--host", "dvr"},
                                 Arguments{"--days", "3"}, Arguments{"passwd", "--force"}})
    CHECK(error_of(wrong).find("with tls only") != std::string::npos);
  CHECK(error_of({"tls"}).find("tls takes --self-signed") != std::string::npos);
  for (const char* days : {"0", "3651", "-1", "1.5", "", "99999999999"})
    CHECK(error_of({"tls", "--self-signed", "--days", days}).find("from 1 to 3650") !=
          std::string::npos);
}

TEST_CASE("a certificate comes with its key, or there is neither") {
  CHECK_FALSE(speaks_https(load({})->settings));
  const auto both = load({"--tls-certificate", "/c.pem", "--tls-key", "/k.pem"});
  REQUIRE(both);
  CHECK(speaks_https(both->settings));
  CHECK(both->settings.tls_key == "/k.pem");
  CHECK_FALSE(speaks_https(load({"--tls-certificate", "", "--tls-key", ""})->settings));
  CHECK(error_of({"--tls-certificate", "/c.pem"}) ==
        "option --tls_certificate: tls_certificate = '/c.pem' is not allowed without tls_key; "
        "allowed are both or none");
  CHECK(error_of({}, {"MINIDVR_TLS_KEY=/k.pem"}) ==
        "environment variable MINIDVR_TLS_KEY: tls_key = '/k.pem' is not allowed without "
        "tls_certificate; allowed are both or none");
}

TEST_CASE("help names every setting") {
  const auto help = help_text();
  for (const auto& info : setting_table()) {
    CAPTURE(info.key);
    CHECK(help.find("--" + std::string(info.key)) != std::string::npos);
  }
}

TEST_CASE("whose pages may ask, and show the page, stands in one form") {
  CHECK(load({})->settings.frame_ancestors == std::vector<std::string>{"self"});
  const auto loaded = load(
      {"--allowed-origins", "HTTP://Ha.local:8123, https://b:443", "--frame-ancestors", "none"});
  REQUIRE(loaded);
  CHECK(describe(*loaded).find("allowed_origins = http://ha.local:8123, https://b  #") !=
        std::string::npos);
  CHECK(describe(*loaded).find("frame_ancestors = none  #") != std::string::npos);
  CHECK(error_of({"--allowed-origins", "*"}) ==
        "option --allowed_origins: allowed_origins = '*' is not allowed; allowed is empty or "
        "origins separated by commas, such as http://homeassistant.local:8123");
}

TEST_CASE("proxies that are trusted are addresses and networks") {
  CHECK(load({})->settings.trusted_proxies.empty());
  const auto loaded = load({"--trusted-proxies", "127.0.0.1, 172.16.0.0/12"});
  REQUIRE(loaded);
  CHECK(describe(*loaded).find("trusted_proxies = 127.0.0.1, 172.16.0.0/12  #") !=
        std::string::npos);
  CHECK(error_of({"--trusted-proxies", "nginx"}).find("addresses and networks separated") !=
        std::string::npos);
}

TEST_CASE("allowed hosts are names, in one form, and nothing else") {
  const auto names = [](const std::string& text) {
    const auto loaded = load({"--allowed-hosts", text});
    return loaded ? loaded->settings.allowed_hosts : std::vector<std::string>{"refused"};
  };
  CHECK(names("").empty());
  CHECK(names(" ").empty());
  CHECK(names("dvr.example.org") == std::vector<std::string>{"dvr.example.org"});
  CHECK(names(" DVR.Example.ORG. ,xn--mnchen-3ya.example") ==
        std::vector<std::string>{"dvr.example.org", "xn--mnchen-3ya.example"});
  for (const char* bad :
       {",", "a,", ",a", "a,,b", "a b", "http://a", "a:8080", "a/b", "*.example.org", "a..b", ".a",
        "..", ".", "[::1]", "m\xc3\xbcnchen.example"}) {
    CAPTURE(bad);
    CHECK(names(bad) == std::vector<std::string>{"refused"});
  }
  CHECK(error_of({"--allowed-hosts", "a:1"}) ==
        "option --allowed_hosts: allowed_hosts = 'a:1' is not allowed; allowed is empty or host "
        "names separated by commas, without ports, such as dvr.example.org");
  const auto loaded = load({"--allowed-hosts", "A.example, b.example"});
  REQUIRE(loaded);
  CHECK(describe(*loaded).find("allowed_hosts = a.example, b.example  #") != std::string::npos);
}
