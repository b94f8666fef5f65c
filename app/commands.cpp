#include "commands.hpp"

#include "access/passwd.hpp"
#include "access/password_prompt.hpp"
#include "archive/cleanup.hpp"
#include "archive/retention_files.hpp"
#include "core/asio.hpp"
#include "core/file.hpp"
#include "core/host_name.hpp"
#include "core/task_group.hpp"
#include "core/user.hpp"
#include "doctor/certificate_check.hpp"
#include "doctor/examination.hpp"
#include "doctor/running_service.hpp"
#include "doctor/status_text.hpp"
#include "recording/known_folder.hpp"
#include "tls/self_signed.hpp"
#include "tls/server_pair.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/stat.h>

namespace minidvr {
namespace {

// Runs a command that waits, to its end. What it began and has not ended by then is not waited for:
// a program that sits in a driver ends when that lets it go.
int run_to_end(net::io_context& io, Task<int> command) {
  std::optional<int> status;
  net::co_spawn(io, std::move(command), [&](const std::exception_ptr& error, int result) {
    if (error) std::rethrow_exception(error);
    status = result;
  });
  while (!status && io.run_one() != 0) {
  }
  return status.value_or(kExitFailure);
}

void tell_not_reachable(const LoadedSettings& loaded, const Error& why) {
  fmt::print(stderr, "mini-dvr: {}\n", why.detail);
  if (why.code == Errc::refused) return;  // it is there: nothing helps that is said below
  fmt::print(
      stderr,
      "Is it started? systemctl start mini-dvr, and journalctl -u mini-dvr says why it ends.\n"
      "Does it listen elsewhere than on port {} ({})? Give its settings, too: --config FILE or "
      "--app-port PORT; those of the service are in /etc/mini-dvr.conf.\n",
      loaded.settings.app_port, loaded.sources.at("app_port"));
}

Task<int> ask_and_tell(const LoadedSettings& loaded, bool json) {
  const Settings& settings = loaded.settings;
  const auto health = co_await doctor::ask_service(settings, "/health");
  if (!health) {
    tell_not_reachable(loaded, health.error());
    co_return kExitNotReachable;
  }
  if (json) {
    const auto status = co_await doctor::ask_service(settings, "/status");
    if (!status) {
      tell_not_reachable(loaded, status.error());
      co_return kExitNotReachable;
    }
    fmt::print("{}\n", status->text);
  } else {
    fmt::print("{}", doctor::status_text(health->document));
  }
  co_return doctor::is_healthy(health->document) ? EXIT_SUCCESS : kExitFailure;
}

Task<int> examine_and_tell(TaskGroup& tasks, const LoadedSettings& loaded) {
  doctor::Machine machine;
  const auto findings = co_await doctor::examine(tasks, loaded, std::move(machine));
  fmt::print("{}", doctor::report(findings));
  co_return doctor::any_problem(findings) ? kExitFailure : EXIT_SUCCESS;
}

// The one that runs looks at the file by itself, but ustreamer's own door is closed at a start.
constexpr const char* kRestart =
    "A mini-dvr that runs asks for it within some seconds. If this was the first: restart it, so "
    "that\nustreamer's own port is closed (systemctl restart mini-dvr).\n";

// Of accounts and tokens together.
constexpr const char* kLastOne =
    "That was the last one. A mini-dvr that runs lets nobody in within some seconds; once it is\n"
    "restarted it asks for no password.\n";

constexpr const char* kUsualName = "admin";

int fail(const Error& error) {
  fmt::print(stderr, "mini-dvr: {}\n", error.detail);
  return kExitFailure;
}

// Root can write where the service may not enter, which then lets nobody in, or serves nothing.
Result<> check_service_reads(const std::filesystem::path& file) {
  const User service = user_in_question();
  if (service.is_self || !is_kept_from(service, file)) return {};
  struct stat info {};
  const bool is_there = ::stat(file.c_str(), &info) == 0;
  if (is_there && info.st_uid != 0 && info.st_uid != service.uid) {
    fmt::print(stderr, "{} is for who owns it; {} may not read it.\n", file.string(), service.name);
    return {};
  }
  return make_error(Errc::unavailable,
                    fmt::format("{0} is written, and {1} may not read it: let {1} enter the "
                                "folders above it, and sudo chown {1} {0}; or name another file "
                                "in the settings",
                                file.string(), service.name));
}

Result<http::Role> role_of(const CommandLine& command_line) {
  if (command_line.role.empty()) return http::Role::control;
  if (const auto role = http::role_named(command_line.role)) return *role;
  return make_error(
      Errc::malformed,
      fmt::format("--role '{}' is not allowed; allowed is view or control", command_line.role));
}

// As long as an iPhone takes one that its user trusts.
constexpr unsigned kUsualDays = 825;

// Where the settings say, or beside the accounts: where the service may read.
tls::PairFiles pair_to_make(const Settings& settings) {
  if (speaks_https(settings)) return {settings.tls_certificate, settings.tls_key};
  const auto folder = settings.accounts_file.parent_path();
  return {folder / "tls-certificate.pem", folder / "tls-key.pem"};
}

Result<std::vector<std::string>> names_to_certify(const std::vector<std::string>& further) {
  auto names = tls::own_names();
  for (const auto& given : further) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(given, ec);
    const auto name = ec ? normal_host_name(given) : std::optional(address.to_string());
    if (!name) {
      return make_error(Errc::malformed,
                        fmt::format("--host '{}' is no host name and no address", given));
    }
    if (std::find(names.begin(), names.end(), *name) == names.end()) names.push_back(*name);
  }
  return names;
}

// The key first: a certificate without its key is of no use to anybody.
Result<> write_pair(const tls::PairFiles& files, const tls::SelfSigned& made) {
  const auto reader = reader_instead_of_root();
  const FileRights secret{.mode = 0600, .keep_owner = true, .instead_of_root = reader};
  if (auto written = write_file_atomically(files.key, made.key, secret); !written) return written;
  const FileRights open{.mode = 0644, .keep_owner = true, .instead_of_root = reader};
  return write_file_atomically(files.certificate, made.certificate, open);
}

void tell_pair(const Settings& settings, const tls::PairFiles& files,
               const tls::Certificate& certificate) {
  fmt::print("certificate  {}\n", files.certificate.string());
  fmt::print("key          {}\n", files.key.string());
  fmt::print("for          {}\n", fmt::join(certificate.names(), ", "));
  fmt::print("valid until  {}\n", tls::day_of(certificate.valid_until()));
  fmt::print("SHA-256      {}\n", certificate.fingerprint());
  if (speaks_https(settings)) {
    fmt::print("A mini-dvr that runs takes it after: systemctl reload mini-dvr\n");
  } else {
    fmt::print(
        "To serve it, write these two lines into the settings (of the service: /etc/mini-dvr.conf),"
        "\nand restart mini-dvr:\ntls_certificate = {}\ntls_key = {}\n",
        files.certificate.string(), files.key.string());
  }
}

}  // namespace

int clean_up(const Settings& settings, bool dry_run) {
  const archive::CleanupOutput output{
      [](const std::string& line) { fmt::print("{}\n", line); },
      [](const std::string& line) { fmt::print(stderr, "mini-dvr: {}\n", line); }};
  auto look = recording::known_folder(settings);
  look.changes_nothing = true;
  recording::KnownFolder folder(std::move(look));
  const archive::CleanupOptions options{settings.recordings_dir, archive::limits_of(settings),
                                        dry_run, [&folder](int open) { return folder.admit(open); },
                                        settings.state_dir};
  return archive::clean_up(options, output) ? EXIT_SUCCESS : kExitFailure;
}

int tell_status(const LoadedSettings& loaded, bool json) {
  net::io_context io{1};
  return run_to_end(io, ask_and_tell(loaded, json));
}

int tell_findings(const LoadedSettings& loaded) {
  net::io_context io{1};
  TaskGroup tasks(io.get_executor());
  return run_to_end(io, examine_and_tell(tasks, loaded));
}

int change_account(const Settings& settings, const CommandLine& command_line) {
  const std::string name = command_line.user.empty() ? kUsualName : command_line.user;
  const auto& file = settings.accounts_file;
  if (command_line.remove) {
    const auto left = access::remove_account(file, name);
    if (!left) return fail(left.error());
    fmt::print("{} may not in any longer.\n{}", name, left->empty() ? kLastOne : "");
    return EXIT_SUCCESS;
  }
  const auto role = role_of(command_line);
  if (!role) return fail(role.error());
  if (auto checked = access::check_account(file, name); !checked) return fail(checked.error());
  const auto password = access::read_new_password();
  if (!password) return fail(password.error());
  auto set = access::set_password(file, name, *role, *password);
  if (!set) return fail(set.error());
  if (auto read = check_service_reads(file); !read) return fail(read.error());
  fmt::print("{} may in, with the role {}. It stands in {}.\n{}", name, name_of(*role),
             file.string(), kRestart);
  return EXIT_SUCCESS;
}

int change_token(const Settings& settings, const CommandLine& command_line) {
  const auto& name = command_line.user;
  const auto& file = settings.accounts_file;
  if (name.empty()) {
    return fail(make_error(Errc::malformed, "token takes --user NAME, to know it by"));
  }
  if (command_line.remove) {
    const auto left = access::remove_token(file, name);
    if (!left) return fail(left.error());
    fmt::print("The token {} is worth nothing any longer.\n{}", name,
               left->empty() ? kLastOne : "");
    return EXIT_SUCCESS;
  }
  const auto role = role_of(command_line);
  if (!role) return fail(role.error());
  const auto token = access::make_token(file, name, *role);
  if (!token) return fail(token.error());
  fmt::print("{}\n", *token);
  if (auto read = check_service_reads(file); !read) return fail(read.error());
  fmt::print(stderr, "It is not shown again. {}", kRestart);
  return EXIT_SUCCESS;
}

int make_certificate(const Settings& settings, const CommandLine& command_line) {
  const auto names = names_to_certify(command_line.hosts);
  if (!names) return fail(names.error());
  const auto files = pair_to_make(settings);
  for (const auto& file : {files.certificate, files.key}) {
    std::error_code ec;
    if (!command_line.force && std::filesystem::exists(file, ec)) {
      return fail(make_error(
          Errc::wrong_state,
          fmt::format("{} is there already; --force puts another in its place, whose fingerprint "
                      "everybody has to compare again",
                      file.string())));
    }
  }
  const std::chrono::days life(command_line.days.value_or(kUsualDays));
  const auto made = tls::make_self_signed(*names, life, std::chrono::system_clock::now());
  if (!made) return fail(made.error());
  if (auto written = write_pair(files, *made); !written) return fail(written.error());
  for (const auto& file : {files.certificate, files.key}) {
    if (auto read = check_service_reads(file); !read) return fail(read.error());
  }
  tell_pair(settings, files, tls::Certificate::parse(made->certificate).value());
  return EXIT_SUCCESS;
}

int check_settings(const LoadedSettings& loaded) {
  fmt::print("{}", describe(loaded));
  if (!speaks_https(loaded.settings)) return EXIT_SUCCESS;
  const auto finding =
      doctor::judge_certificate(doctor::certificate_facts(loaded.settings, user_in_question()));
  if (finding.grade == doctor::Grade::ok) return EXIT_SUCCESS;
  fmt::print(stderr, "mini-dvr: {}: {}\n          {}\n", finding.subject, finding.text,
             finding.remedy);
  return finding.grade == doctor::Grade::problem ? kExitFailure : EXIT_SUCCESS;
}

}  // namespace minidvr
