// failure.hpp: the error that an action throws, for checks on its code, path and text.
#pragma once
#include <system_error>
#include <utility>

#include "quarry/base/error.hpp"

/// The error thrown by `action`; one without a code if it throws none.
template <class Action>
quarry::error failure_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const quarry::error& e) {
    return e;
  }
  return {std::error_code(), "nothing was thrown"};
}

/// True if `action` throws the operating system's error `code`.
template <class Action>
bool fails_with(int code, Action&& action) {
  return failure_of(std::forward<Action>(action)).code() ==
         std::error_code(code, std::system_category());
}

/// True if `action` throws `code`.
template <class Action>
bool fails_with(quarry::errc code, Action&& action) {
  return failure_of(std::forward<Action>(action)).code() == quarry::make_error_code(code);
}
