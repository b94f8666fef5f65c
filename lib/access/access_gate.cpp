#include "access/access_gate.hpp"

#include "access/accounts_file.hpp"
#include "access/log_component.hpp"
#include "access/password.hpp"
#include "access/refusals.hpp"
#include "core/counted.hpp"
#include "core/event.hpp"
#include "core/limited_log.hpp"
#include "core/log.hpp"
#include "core/settings.hpp"
#include "http/admission.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::access {
namespace {

using http::Caller;
using http::Response;
using http::Role;
using http::Status;
using Admitted = std::variant<Caller, Response>;

// A password that was set counts after so long.
constexpr seconds kLook{2};
// Logins that wait for their turn: each takes a tenth of a second or more.
constexpr std::size_t kMostWaiting = 8;
// So long the proof of a password is believed without computing it again.
constexpr seconds kBelieved{300};
constexpr std::size_t kMostProven = 64;

// Proofs by password or token; those of logins are below.
constexpr std::uint64_t kByHeader = std::uint64_t{1} << 63U;

bool has(const Accounts& accounts, const Account& account) {
  const auto is_in = [&](const std::vector<Account>& list) {
    return std::find(list.begin(), list.end(), account) != list.end();
  };
  return is_in(accounts.people) || is_in(accounts.tokens);
}

// Who counts as one: see http::network_of.
std::string client_of(const http::Request& request) {
  return http::network_of(request.sender.address);
}

}  // namespace

AccessGate::AccessGate(std::filesystem::path accounts_file, AllowedNetworks networks,
                       std::filesystem::path local_token)
    : file_(std::move(accounts_file)),
      local_token_(std::move(local_token)),
      networks_(std::move(networks)) {
  take(find_accounts(file_));
}

AccessGate::~AccessGate() {
  checking_.join();
}

Task<> AccessGate::run() {
  for (;;) {
    co_await sleep_for(kLook);
    auto read = [file = file_] { return find_accounts(file); };
    auto accounts = co_await run_blocking(checking_, std::move(read));
    take(std::move(accounts));
  }
}

void AccessGate::take(Result<std::optional<Accounts>> found) {
  if (!found) {
    if (found.error().detail != problem_) {
      log::error(kComponent, "nobody is let in: {}", found.error().detail);
    }
    problem_ = found.error().detail;
    asks_ = true;
    return;
  }
  if (!problem_.empty()) log::info(kComponent, "the accounts are known again");
  problem_.clear();
  if (!*found) return note_gone();
  is_gone_ = false;
  if (**found != accounts_) put_in_force(std::move(**found));
}

// Whoever can remove the file can restart the program, too; a disk that comes and goes can not.
void AccessGate::note_gone() {
  if (std::exchange(is_gone_, true) || !asks_) return;
  log::warning(kComponent,
               "{} is gone: those who were let in still are; restart mini-dvr to let everybody in",
               file_.string());
}

void AccessGate::put_in_force(Accounts accounts) {
  log::info(kComponent, "who may in: accounts {}, tokens {}", accounts.people.size(),
            accounts.tokens.size());
  if (accounts.empty()) {
    log::warning(kComponent,
                 "the last account is removed: nobody is let in until mini-dvr is restarted, which "
                 "then asks for no password");
  }
  logins_.end_all([&](const Login& login) {
    const Account* before = find(accounts_.people, login.name);
    const Account* now = find(accounts.people, login.name);
    return before == nullptr || now == nullptr || !(*before == *now);
  });
  accounts_ = std::move(accounts);
  asks_ = true;
  // Whose account stays as it is goes on with what was begun.
  std::erase_if(proofs_, [&](const auto& proof) {
    return !has(accounts_, proof.first) && proof.first.secret != local_digest_;
  });
  std::erase_if(proven_, [&](const auto& entry) { return !still_is(entry.second.caller); });
  if (local_digest_.empty() && !local_token_.empty()) leave_local_token();
}

void AccessGate::leave_local_token() {
  const std::string token = random_token();
  if (const auto left = write_secret(local_token_, token); !left) {
    log::warning(kComponent, "mini-dvr status will not be answered: {}", left.error().detail);
    return;
  }
  local_digest_ = token_digest(token);
}

Task<Admitted> AccessGate::admit(const http::Request& request, Role needed) {
  if (auto refusal = refuse_network(request)) co_return std::move(*refusal);
  if (!asks_for_password()) co_return Caller{};
  Caller caller = caller_of(request);
  if (needed == Role::anyone) co_return caller;
  if (!problem_.empty()) {
    co_return http::error_response(Status::service_unavailable,
                                   "nobody is let in: the log of mini-dvr says why");
  }
  if (caller.proof == 0) {
    auto admitted = co_await admit_with_password(request);
    if (auto* refusal = std::get_if<Response>(&admitted)) co_return std::move(*refusal);
    caller = std::get<Caller>(std::move(admitted));
  }
  if (caller.role < needed) co_return not_enough(caller, needed);
  co_return caller;
}

Task<Admitted> AccessGate::admit_with_password(const http::Request& request) {
  if (const auto token = bearer_token(request)) co_return admit_with_token(request, *token);
  auto given = basic_credentials(request);
  if (!given) co_return who_are_you(request);
  const std::string digest = token_digest(request.header(http::Field::authorization));
  const auto known = proven_.find(digest);
  if (known != proven_.end() && Steady::now() < known->second.until) {
    co_return known->second.caller;
  }
  auto proof = co_await prove(request, std::move(*given));
  if (auto* refusal = std::get_if<Response>(&proof)) co_return std::move(*refusal);
  const Caller caller = caller_by_header(std::get<Account>(proof));
  if (proven_.size() >= kMostProven) proven_.clear();
  proven_[digest] = {caller, Steady::now() + kBelieved};
  co_return caller;
}

// Nobody guesses 256 bits, however fast he asks. So a wrong token keeps nobody waiting: it is that
// of a script that was forgotten, and others ask from its address.
Admitted AccessGate::admit_with_token(const http::Request& request, const std::string& token) {
  const std::string digest = token_digest(token);
  if (!local_digest_.empty() && is_same_secret(local_digest_, digest)) {
    return caller_by_header({"local", Role::view, local_digest_});
  }
  for (const auto& account : accounts_.tokens) {
    if (is_same_secret(account.secret, digest)) return caller_by_header(account);
  }
  note_wrong_token(request);
  return wrong_token();
}

Task<AccessGate::Proof> AccessGate::prove(const http::Request& request, Password given) {
  const std::string client = client_of(request);
  if (auto refusal = refuse_guessing(client)) co_return std::move(*refusal);
  delay_.trying(client, Steady::now());
  std::string secret;
  Verdict verdict = Verdict::wrong;
  // Another password may be set while one is being checked, which takes its time: then that counts.
  do {
    secret = secret_of(given.user);
    verdict = co_await check(secret, given.password);
    if (verdict == Verdict::busy) {
      ++counts_.busy;
      co_return busy();
    }
  } while (secret != secret_of(given.user));
  const Account* account = find(accounts_.people, given.user);
  if (verdict == Verdict::wrong || account == nullptr) {
    note_failure(request, client, account == nullptr ? std::string_view() : account->name);
    co_return wrong_password();
  }
  delay_.succeeded(client, account->name);
  ++counts_.right;
  co_return *account;
}

// Empty for a name that nobody has.
std::string AccessGate::secret_of(std::string_view user) const {
  const Account* account = find(accounts_.people, user);
  return account == nullptr ? std::string() : account->secret;
}

// Also for a name that nobody has: the time of the answer does not tell which there are.
Task<AccessGate::Verdict> AccessGate::check(std::string secret, std::string password) {
  if (being_checked_ >= kMostWaiting) co_return Verdict::busy;
  if (password.size() > kLongestPassword) co_return Verdict::wrong;
  auto work = [hash = std::move(secret), password = std::move(password)] {
    return hash.empty() ? hash_password(password).empty() : is_password(hash, password);
  };
  const Counted turn(being_checked_);
  const bool right = co_await run_blocking(checking_, std::move(work));
  co_return right ? Verdict::right : Verdict::wrong;
}

bool AccessGate::still_is(const Caller& caller) {
  if (caller.proof == 0) return !asks_for_password();
  if ((caller.proof & kByHeader) == 0) return logins_.is_open(caller.proof, Steady::now());
  return std::any_of(proofs_.begin(), proofs_.end(),
                     [&](const auto& proof) { return proof.second == caller.proof; });
}

Caller AccessGate::caller_by_header(const Account& account) {
  auto known = std::find_if(proofs_.begin(), proofs_.end(),
                            [&](const auto& proof) { return proof.first == account; });
  if (known == proofs_.end()) {
    known = proofs_.emplace(known, account, kByHeader | ++last_proof_);
  }
  return {account.name, account.role, known->second};
}

Caller AccessGate::caller_of(const http::Request& request) {
  Caller caller{{}, Role::anyone, 0};
  const auto token = login_cookie(request);
  if (!token) return caller;
  if (auto login = logins_.find(*token, Steady::now())) {
    caller = {std::move(login->name), login->role, login->id};
  }
  return caller;
}

Task<Response> AccessGate::log_in(const http::Request& request, Password given) {
  if (accounts_.people.empty()) {
    co_return http::error_response(Status::conflict,
                                   "there is no account to log in to; mini-dvr passwd makes one");
  }
  auto proof = co_await prove(request, std::move(given));
  if (auto* refusal = std::get_if<Response>(&proof)) co_return std::move(*refusal);
  const auto& account = std::get<Account>(proof);
  log::info(kComponent, "{} logged in from {}", account.name,
            http::address_text(request.sender.address));
  auto response =
      http::json_response({{"user", account.name}, {"role", std::string(name_of(account.role))}});
  const std::string token = logins_.begin(account.name, account.role, Steady::now());
  response.headers.emplace_back("Set-Cookie", login_cookie_header(token, request));
  co_return response;
}

void AccessGate::log_out(const http::Request& request) {
  for (const auto& token : shown_logins(request))
    logins_.end(token);
}

std::optional<Response> AccessGate::refuse_guessing(const std::string& client) {
  const auto wait = delay_.wait(client, Steady::now());
  if (wait == seconds(0)) return std::nullopt;
  ++counts_.too_soon;
  auto response =
      http::error_response(Status::too_many_requests,
                           fmt::format("too many wrong passwords came from {}; try again in {} s",
                                       client, wait.count()));
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

void AccessGate::note_failure(const http::Request& request, const std::string& client,
                              std::string_view account) {
  delay_.failed(client, account, Steady::now());
  ++counts_.wrong;
  if (const auto count = failures_.add(Steady::now())) {
    log::warning(kComponent, "{} wrong password{}, the last from {}", *count,
                 *count == 1 ? "" : "s", http::address_text(request.sender.address));
  }
}

void AccessGate::note_wrong_token(const http::Request& request) {
  ++counts_.wrong_tokens;
  if (const auto count = wrong_tokens_.add(Steady::now())) {
    log::warning(kComponent, "{} wrong token{}, the last from {}, for {}", *count,
                 *count == 1 ? "" : "s", http::address_text(request.sender.address),
                 log::excerpt(request.path));
  }
}

// Who is not known is allowed where anybody is.
bool AccessGate::is_of_allowed_network(const boost::asio::ip::address& address) const {
  return address.is_unspecified() ? !networks_of(networks_, asks_for_password())
                                  : is_allowed(networks_, address, asks_for_password());
}

std::optional<Response> AccessGate::refuse_network(const http::Request& request) {
  const http::Sender& sender = request.sender;
  std::vector<boost::asio::ip::address> askers = sender.named_by_stranger;
  if (!sender.is_here) askers.push_back(sender.address);
  const auto refused = std::find_if_not(askers.rbegin(), askers.rend(), [this](const auto& asker) {
    return is_of_allowed_network(asker);
  });
  if (refused == askers.rend()) return std::nullopt;
  ++counts_.networks_refused;
  const std::string who = http::address_text(*refused);
  if (const auto count = refusals_.add(Steady::now())) {
    log::warning(kComponent,
                 "refused {} request{} from addresses that allow_networks = {} does not allow, "
                 "the last from {}",
                 *count, *count == 1 ? "" : "s", networks_.text, who);
  }
  return http::error_response(
      Status::forbidden,
      fmt::format(
          "{} may not ask: allow_networks = {}; auto is private networks until a password "
          "is set (mini-dvr passwd), and any network then; allow_networks = {}, {} lets it",
          who, networks_.text,
          networks_.kind == AllowedNetworks::Kind::listed ? networks_.text : std::string("private"),
          who));
}

}  // namespace minidvr::access
