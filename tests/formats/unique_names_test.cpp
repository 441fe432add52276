// unique_names_test.cpp: names of arrays whose labels are not theirs alone.
#include "formats/unique_names.hpp"

#include <catch2/catch.hpp>

TEST_CASE("unique names: what was given before gets a number", "[formats]") {
  quarry::formats::unique_names names;
  CHECK(names("a") == "a");
  CHECK(names("b") == "b");
  CHECK(names("a") == "a#2");
  CHECK(names("a") == "a#3");
  CHECK(names("") == "");
  CHECK(names("") == "#2");
}

TEST_CASE("unique names: a label of that form keeps its name", "[formats]") {
  quarry::formats::unique_names names;
  CHECK(names("a#2") == "a#2");
  CHECK(names("a") == "a");
  CHECK(names("a") == "a#3");
  CHECK(names("a#2") == "a#2#2");
}
