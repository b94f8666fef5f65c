// Who may ask, and who he is: networks, passwords, tokens and logins, for every request.
#pragma once

#include "access/accounts.hpp"
#include "access/credentials.hpp"
#include "access/login_delay.hpp"
#include "access/logins.hpp"
#include "core/blocking.hpp"
#include "core/networks.hpp"
#include "http/access_check.hpp"
#include "http/gate.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace minidvr::access {

// Passwords and tokens that were shown, since the start of the program.
struct LoginCounts {
  std::uint64_t right = 0;  // passwords; a token, and a password that is known, is shown each time
  std::uint64_t wrong = 0;  // passwords
  std::uint64_t wrong_tokens = 0;
  std::uint64_t too_soon = 0;          // not looked at: whoever guesses has to wait
  std::uint64_t busy = 0;              // not looked at: too many at once
  std::uint64_t networks_refused = 0;  // requests from where nobody may ask
};

class AccessGate : public http::Gate {
 public:
  // Reads `accounts_file`. Without accounts everybody of `networks` may do all; with accounts only
  // they. Where the file is there and can not be read nobody may, until it can. Once it had
  // accounts, nobody may when the last of them is removed, either: that opens it at the next start.
  // A token for who may read its files is left in `local_token` (see local_token_file); empty:
  // nowhere.
  AccessGate(std::filesystem::path accounts_file, AllowedNetworks networks,
             std::filesystem::path local_token = {});
  ~AccessGate() override;

  // Looks at the file from time to time, so that a password that is set counts at once.
  Task<> run();

  // Whether a password is asked for. Once it was, it is until the end.
  bool asks_for_password() const { return asks_; }

  Task<std::variant<http::Caller, http::Response>> admit(const http::Request& request,
                                                         http::Role needed) override;
  bool still_is(const http::Caller& caller) override;

  // Who sent `request` by its cookie alone; an empty name for nobody.
  http::Caller caller_of(const http::Request& request);

  // The answer to a login: 200 with the cookie, 401, 429 with how long to wait, or 503.
  Task<http::Response> log_in(const http::Request& request, Password given);
  void log_out(const http::Request& request);

  const LoginCounts& counts() const { return counts_; }

 private:
  struct Proven {
    http::Caller caller;
    SteadyTime until;
  };
  enum class Verdict { right, wrong, busy };
  using Proof = std::variant<Account, http::Response>;

  void take(Result<std::optional<Accounts>> found);
  void note_gone();
  void put_in_force(Accounts accounts);
  void leave_local_token();
  Task<std::variant<http::Caller, http::Response>> admit_with_password(
      const http::Request& request);
  std::variant<http::Caller, http::Response> admit_with_token(const http::Request& request,
                                                              const std::string& token);
  // Whose password it is; or the answer to one that is wrong, or comes too soon.
  Task<Proof> prove(const http::Request& request, Password given);
  std::string secret_of(std::string_view user) const;
  Task<Verdict> check(std::string secret, std::string password);
  http::Caller caller_by_header(const Account& account);
  std::optional<http::Response> refuse_guessing(const std::string& client);
  void note_failure(const http::Request& request, const std::string& client,
                    std::string_view account);
  void note_wrong_token(const http::Request& request);
  bool is_of_allowed_network(const boost::asio::ip::address& address) const;
  std::optional<http::Response> refuse_network(const http::Request& request);

  std::filesystem::path file_;
  std::filesystem::path local_token_;
  AllowedNetworks networks_;
  Accounts accounts_;
  bool asks_ = false;
  bool is_gone_ = false;      // there was no file when it was looked for last
  std::string local_digest_;  // of the token that local_token_ has
  std::string problem_;       // why the accounts are not known; empty when they are
  // What each account or token is known by that came by a header; gone when it has changed.
  std::vector<std::pair<Account, std::uint64_t>> proofs_;
  std::uint64_t last_proof_ = 0;
  Logins logins_;
  LoginDelay delay_;
  http::RefusalLog refusals_;
  http::RefusalLog failures_;
  http::RefusalLog wrong_tokens_;
  // By the digest of the Authorization header: scripts send it with each request.
  std::map<std::string, Proven, std::less<>> proven_;
  std::size_t being_checked_ = 0;
  LoginCounts counts_;
  // One at a time: each takes 19 MiB and all of a processor.
  BlockingPool checking_{1};
};

}  // namespace minidvr::access
