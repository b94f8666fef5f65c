// What the program that starts us may have left behind: a shell, a script, a supervisor.
#pragma once

namespace minidvr {

// Opens /dev/null in the place of each of stdin, stdout and stderr that is closed: else the next
// file or socket would be taken for it, and the log written into a recording. Call it before
// anything is opened. False: it can not be done.
bool open_missing_standard_descriptors();

// Lets no signal stay blocked, and children be waited for (SIGCHLD ignored: the kernel would forget
// how they ended). Call it before there are threads. What else may be ignored has a handler here
// (SIGTERM, SIGINT) or is ignored anyway (SIGPIPE).
void reset_signals();

// Takes as many descriptors as are allowed, up to 65,536: clients, recordings that are read
// and clips may take more than the 1024 that are usual, which are for programs that know no better.
void raise_descriptor_limit();

// nohup and its like ignore SIGHUP for us: then it stays ignored.
bool hangup_is_ignored();

// Whether there is a terminal that may be closed, which SIGHUP tells then. A service has none.
bool has_terminal();

// What was given of stream_url and ustreamer_args may be read by everybody in the list of
// processes, and by each child in what it inherits. Call it when the settings are read, and before
// there are threads: there is only its shown form then (shown_url.hpp, shell_words.hpp), or none.
void hide_secrets(int argc, char** argv);

}  // namespace minidvr
