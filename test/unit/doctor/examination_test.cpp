// The whole examination, of a machine that tells of itself in files.

#include "doctor/examination.hpp"

#include "core/settings_sources.hpp"
#include "unit/support/run_task.hpp"

#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace minidvr;
using namespace minidvr::doctor;
using namespace minidvr::test;
namespace fs = std::filesystem;

TEST_CASE("A Raspberry Pi that is slowed down, and hot, is told with what helps") {
  const TemporaryFolder sys;
  std::filesystem::create_directories(sys.path() / "devices/platform/soc/soc:firmware");
  std::filesystem::create_directories(sys.path() / "class/thermal/thermal_zone0");
  sys.write("class/thermal/thermal_zone0/temp", "85123\n");
  const TemporaryFolder folder;
  const auto settings = load_settings(
      *parse_command_line({"--device", "/dev/no-such-camera", "--app-port", "1", "--preview-port",
                           "2", "--recordings-dir", folder.path().string()}),
      {});
  REQUIRE(settings);
  const auto examined = [&](const std::string& throttled) {
    sys.write("devices/platform/soc/soc:firmware/get_throttled", throttled);
    Machine machine;
    machine.sys = sys.path();
    machine.vcgencmd = "no-such-vcgencmd";
    Tasks tasks;
    return report(tasks.run(examine(tasks.group(), *settings, machine)));
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(examined("1\n"), Contains("problem  power         the voltage is too low now") &&
                                  Contains("-> use a supply of its own with enough current"));
  CHECK_THAT(examined("4\n"), Contains("warning  power         the processor is slowed down now") &&
                                  Contains("-> give it air or a heat sink"));
  CHECK_THAT(examined("0\n"), Contains("ok       power") &&
                                  Contains("warning  temperature   85 degrees Celsius") &&
                                  Contains("-> give it air, a heat sink or a fan"));
}

TEST_CASE("Asked by root, what the service may not run or write is told, though root may") {
  const TemporaryFolder bin;
  const TemporaryFolder recordings;
  const auto program = [&](const std::string& name, const std::string& text) {
    const auto file = bin.write(name, "#!/bin/sh\n" + text + "\n");
    fs::permissions(file, fs::perms::all);
    return file.string();
  };
  const auto ustreamer = program("ustreamer", "echo 6.12");
  fs::permissions(recordings.path(), fs::perms::all);
  Machine machine;
  machine.vcgencmd = "no-such-vcgencmd";
  machine.systemctl = program("systemctl", "echo LoadState=loaded; echo ProtectSystem=strict");
  machine.user = {"minidvr", ::geteuid() + 1, {}, false};
  const auto settings =
      load_settings(*parse_command_line({"--device", "/dev/no-such-camera", "--app-port", "1",
                                         "--preview-port", "2", "--recordings-dir",
                                         recordings.path().string(), "--ustreamer-bin", ustreamer}),
                    {});
  REQUIRE(settings);
  const auto examined = [&] {
    Tasks tasks;
    return report(tasks.run(examine(tasks.group(), *settings, machine)));
  };
  using Catch::Matchers::Contains;
  // The folder of it is its owner's alone.
  CHECK_THAT(examined(), Contains("minidvr may not run " + ustreamer));
  fs::permissions(bin.path(), fs::perms::all);
  CHECK_THAT(examined(), !Contains("may not run") && Contains("version 6.12"));
}

TEST_CASE("Asked by root, a folder that the service can not get to is told with what closes it") {
  const TemporaryFolder media;
  const auto stick = media.path() / "usb" / "rec";
  fs::create_directories(stick);
  fs::permissions(stick, fs::perms::all);
  fs::permissions(stick.parent_path(), fs::perms::all);
  Machine machine;
  machine.vcgencmd = "no-such-vcgencmd";
  machine.systemctl = "no-such-systemctl";
  machine.user = {"minidvr", ::geteuid() + 1, {}, false};
  const auto examined = [&](const std::string& recordings) {
    const auto settings =
        load_settings(*parse_command_line({"--device", "/dev/no-such-camera", "--app-port", "1",
                                           "--preview-port", "2", "--recordings-dir", recordings}),
                      {});
    REQUIRE(settings);
    Tasks tasks;
    return report(tasks.run(examine(tasks.group(), *settings, machine)));
  };
  using Catch::Matchers::Contains;
  const auto closed = "can not be written by minidvr, who may not enter " + media.path().string();
  const auto way = "sudo setfacl -m u:minidvr:x " + media.path().string();
  // As /media/pi is: its owner's alone, whatever the disks in it allow.
  for (const auto& path : {stick, stick / "not" / "there"}) {
    CAPTURE(path);
    CHECK_THAT(examined(path.string()), Contains(closed) && Contains(way));
  }
  fs::permissions(media.path(), fs::perms::all);
  CHECK_THAT(examined(stick.string()), Contains(stick.string() + " can be written"));
}

TEST_CASE("Asked by root, settings that the service may not read are told") {
  const TemporaryFolder folder;
  const auto file = folder.write("mini-dvr.conf",
                                 "device = /dev/no-such-camera\napp_port = 1\npreview_port = 2\n"
                                 "recordings_dir = " +
                                     folder.path().string() + "\n");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const auto settings = load_settings(*parse_command_line({"--config", file.string()}), {});
  REQUIRE(settings);
  Machine machine;
  machine.vcgencmd = "no-such-vcgencmd";
  machine.systemctl = "no-such-systemctl";
  machine.user = {"minidvr", ::geteuid() + 1, {}, false};
  const auto examined = [&] {
    Tasks tasks;
    return report(tasks.run(examine(tasks.group(), *settings, machine)));
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(examined(), Contains("problem  settings      minidvr may not read " + file.string()) &&
                             Contains("-> sudo chgrp minidvr " + file.string()));
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  CHECK_THAT(examined(), !Contains("settings      minidvr"));
}

TEST_CASE("What is secret in stream_url is not shown to those who are asked for help") {
  const TemporaryFolder folder;
  const auto settings = load_settings(
      *parse_command_line({"--preview", "off", "--stream-url",
                           "http://anna:fnord17@192.0.2.7/stream?token=fnord17", "--app-port", "1",
                           "--recordings-dir", folder.path().string()}),
      {});
  REQUIRE(settings);
  Machine machine;
  machine.vcgencmd = "no-such-vcgencmd";
  Tasks tasks;
  const auto told = report(tasks.run(examine(tasks.group(), *settings, machine)));
  using Catch::Matchers::Contains;
  CHECK_THAT(told, Contains("http://anna:***@192.0.2.7/stream?token=***\n"));
  CHECK_THAT(told, !Contains("fnord17"));
}
