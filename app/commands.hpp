// What mini-dvr does instead of recording, when it is asked to. Each returns the exit status.
#pragma once

#include "core/settings.hpp"
#include "core/settings_sources.hpp"

namespace minidvr {

inline constexpr int kExitFailure = 1;
inline constexpr int kExitBadConfiguration = 2;
// Of status: nobody is there to be asked.
inline constexpr int kExitNotReachable = 2;

int clean_up(const Settings& settings, bool dry_run);

// How the one that runs with these settings is: for people, or as the document of /status.
int tell_status(const LoadedSettings& loaded, bool json);

// What keeps mini-dvr from recording with these settings, and what helps.
int tell_findings(const LoadedSettings& loaded);

// Accounts of people, and tokens of scripts.
int change_account(const Settings& settings, const CommandLine& command_line);
int change_token(const Settings& settings, const CommandLine& command_line);

// A key and a certificate that nobody but itself vouches for.
int make_certificate(const Settings& settings, const CommandLine& command_line);

// Prints the settings in force. kExitFailure where one names what mini-dvr would start without.
int check_settings(const LoadedSettings& loaded);

}  // namespace minidvr
