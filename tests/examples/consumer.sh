#!/usr/bin/env bash
# Installs into a fresh prefix, builds examples/consumer against it by find_package and by
# pkg-config, and runs both.
set -euo pipefail
source=$1 build=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" > /dev/null
cmake -G Ninja -S "$source/examples/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release > /dev/null
cmake --build "$work/build" >&2  # compilers complain on standard output

"$work/prefix/bin/quarry" create "$work/a.npy" --dtype '>f4' --shape 3,4
[ "$("$work/build/consumer" "$work/a.npy")" = ">f4 12" ]

pc=$(dirname "$(find "$work/prefix" -name quarry.pc)")
# shellcheck disable=SC2046
PKG_CONFIG_PATH=$pc "$compiler" -std=c++20 "$source/examples/consumer/main.cpp" -o "$work/by-pc" \
  $(PKG_CONFIG_PATH=$pc pkg-config --static --cflags --libs quarry)
[ "$("$work/by-pc" "$work/a.npy")" = ">f4 12" ]
