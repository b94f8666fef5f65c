// Runs coroutines to their end from a test, and files that go away with it.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"
#include "core/task_group.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <stdlib.h>
#include <unistd.h>

namespace minidvr::test {

class Tasks {
 public:
  ~Tasks() {
    group_.cancel();
    io_.restart();
    io_.run();
  }

  net::any_io_executor executor() { return io_.get_executor(); }
  TaskGroup& group() { return group_; }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    auto body = [&](Task<T> inner) -> Task<> { result.emplace(co_await std::move(inner)); };
    run(body(std::move(task)));
    return std::move(*result);
  }

  void run(Task<> task) {
    bool done = false;
    std::exception_ptr failure;
    net::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error) {
      failure = error;
      done = true;
    });
    io_.restart();
    while (!done)
      io_.run_one();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  net::io_context io_{1};
  TaskGroup group_{io_.get_executor()};
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::ofstream(path(), std::ios::binary) << text;
  }
  std::string path() const { return (folder_.path() / "file").string(); }

 private:
  TemporaryFolder folder_;
};

}  // namespace minidvr::test
