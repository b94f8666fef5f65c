// A file of the state directory that holds values by a key: those of presets by their names, those
// that are remembered by their cameras.
#pragma once

#include "controls/log_component.hpp"
#include "controls/stored_values.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/state_file.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace minidvr::controls {

// 100 presets of 250 controls each stay below it.
inline constexpr std::size_t kMostStoredBytes = 4 << 20;

template <class Content>
class ValueStore {
 public:
  using Parse = Parsed<Content> (*)(std::string_view text);

  // `what` names the content in messages: "presets".
  ValueStore(const net::any_io_executor& executor, BlockingPool& pool, std::filesystem::path path,
             std::string what, Parse parse, StateGate gate)
      : pool_(pool),
        file_(std::move(path), std::move(what), kMostStoredBytes, std::move(gate)),
        parse_(parse),
        free_(executor) {}

  // Nobody reads or writes, and what is in the file is known; or it can not be read for now, or its
  // folder is not there, which is looked at again the next time. What was put in meanwhile is newer
  // than what is in the file.
  Task<> ready() {
    while (busy_)
      co_await free_.wait();
    if (was_read_) co_return;
    busy_ = true;
    auto work = [file = file_, parse = parse_]() -> Result<Content> {
      auto text = file.read();
      // A disk that does not give it says nothing of what is in it.
      if (!text && text.error().code != Errc::too_large) return text.error();
      if (!text) file.set_aside(kComponent, {text.error().detail});
      if (!text || !*text) return Content();
      auto parsed = parse(**text);
      if (!parsed.problems.empty()) file.set_aside(kComponent, parsed.problems);
      return std::move(parsed.content);
    };
    auto found = co_await run_blocking(pool_, std::move(work));
    was_read_ = found.has_value();
    if (found) {
      add_older(content, std::move(*found));
    } else {
      note_unread(found.error());
    }
    done();
  }

  // Writes what is known. Unavailable: the file could not be read, and what is in it must not be
  // replaced by what is not all; or it can not be written. too_large. Only when ready().
  Task<Result<>> save() {
    if (!was_read_) {
      const bool is_away = unread_.reason == Reason::wrong_folder;
      co_return make_error(Errc::unavailable,
                           "the " + file_.what() + " can not be saved: " +
                               (is_away ? "the folder of the state is not there" : unread_.detail),
                           unread_.reason);
    }
    busy_ = true;  // a cancelled caller still waits for the write, so this always ends with it
    auto work = [file = file_, text = serialize(content)] { return file.write(text); };
    auto saved = co_await run_blocking(pool_, std::move(work));
    done();
    co_return saved;
  }

  bool was_read() const { return was_read_; }

  Content content;

 private:
  // Of a folder that is the wrong one the recorder tells.
  void note_unread(const Error& why) {
    const bool is_news = std::exchange(unread_, why).detail != why.detail;
    if (!is_news || why.reason == Reason::wrong_folder) return;
    log::error(kComponent, "the {} can not be read, and none are saved until they can: {}",
               file_.what(), why.detail);
  }
  void done() {
    busy_ = false;
    free_.notify();
  }

  BlockingPool& pool_;
  StateFile file_;
  Parse parse_;
  bool busy_ = false;      // reading or writing
  bool was_read_ = false;  // else what is in the file is not to be replaced
  Error unread_;           // why it was not, when it was tried last
  Event free_;
};

}  // namespace minidvr::controls
