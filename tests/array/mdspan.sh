#!/bin/sh
# Builds mdspan_test.cpp with the library's sources that views need, by a compiler and a standard
# library that have std::mdspan, and runs it. Fails without clang++-19 and libc++.
# Not the whole library: libc++ 19 lacks the std::from_chars for floating point of literal.cpp.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sources=
for name in array/array array/dtype array/dtype_text array/geometry array/layout \
            array/layout_text array/overlap array/slice array/type_string array/view \
            base/checked base/error base/text base/utf8; do
  sources="$sources $root/lib/quarry/$name.cpp"
done

# shellcheck disable=SC2086  # one word for each source
clang++-19 -std=c++23 -stdlib=libc++ -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE \
  -DQUARRY_ASSERTIONS -Wall -Wextra -Wpedantic -Werror -I"$root/lib" \
  "$root/tests/array/mdspan_test.cpp" $sources -o "$work/mdspan_tests"
"$work/mdspan_tests"
