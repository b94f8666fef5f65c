#include "archive/recordings_in_use.hpp"

#include <utility>

namespace minidvr::archive {
namespace {

// Notes its own end.
class UseUntilNow {
 public:
  explicit UseUntilNow(std::shared_ptr<std::atomic<SteadyTime>> ended) : ended_(std::move(ended)) {}
  UseUntilNow(const UseUntilNow&) = delete;
  UseUntilNow& operator=(const UseUntilNow&) = delete;
  ~UseUntilNow() { ended_->store(Steady::now()); }

 private:
  std::shared_ptr<std::atomic<SteadyTime>> ended_;
};

}  // namespace

RecordingsInUse::Use RecordingsInUse::begin(const std::string& name) {
  const SteadyTime now = Steady::now();
  if (now - swept_ >= kBetweenParts) {
    std::erase_if(known_, [now](const auto& one) { return !one.second.holds(now); });
    swept_ = now;
  }
  Known& known = known_[name];
  if (!known.ended) known.ended = std::make_shared<std::atomic<SteadyTime>>(now);
  Use use = known.use.lock();
  if (!use) {
    use = std::make_shared<const UseUntilNow>(known.ended);
    known.use = use;
  }
  return use;
}

bool RecordingsInUse::contains(const std::string& name, SteadyTime now) const {
  const auto known = known_.find(name);
  return known != known_.end() && known->second.holds(now);
}

std::shared_ptr<const FileDescriptor> RecordingsInUse::file_of(
    Use use, std::shared_ptr<const FileDescriptor> file) {
  struct Held {
    Use use;
    std::shared_ptr<const FileDescriptor> file;
  };
  const auto held = std::make_shared<const Held>(Held{std::move(use), std::move(file)});
  return {held, held->file.get()};
}

}  // namespace minidvr::archive
