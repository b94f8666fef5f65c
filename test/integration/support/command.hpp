// A run of mini-dvr that only says something, and ends.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace minidvr::test {

struct Said {
  int status = -1;  // of its exit; -1: it was killed
  std::string out;
  std::string err;
};

// Runs the program that is tested to its end. `environment`: NAME=VALUE, beside ours.
// `before_exec` is called in the new process before the program takes its place.
Said say(const std::vector<std::string>& arguments,
         const std::vector<std::string>& environment = {},
         const std::function<void()>& before_exec = {});

}  // namespace minidvr::test
