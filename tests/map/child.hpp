// child.hpp: actions that change their process (limits, user, death) run in a forked one.
#pragma once
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

/// Runs `action`, which returns bool, in a forked child. 0: it returned true; 1: false; 2: it
/// threw; 128 + n: signal n ended it.
template <class Action>
int in_child(Action&& action) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    int code = 2;
    try {
      code = std::forward<Action>(action)() ? 0 : 1;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "in the child: %s\n", e.what());
    }
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Gives up root's rights, if the process has them: only for a child.
inline bool without_privilege() {
  constexpr unsigned nobody = 65534;
  return ::geteuid() != 0 || (::setegid(nobody) == 0 && ::seteuid(nobody) == 0);
}

/// Lowers a limit of this process: only for a child.
inline bool limit_to(rlim_t most, decltype(RLIMIT_FSIZE) what) {
  const rlimit limit{most, most};
  return ::setrlimit(what, &limit) == 0;
}
